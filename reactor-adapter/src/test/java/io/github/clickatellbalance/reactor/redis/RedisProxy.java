package io.github.clickatellbalance.reactor.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A TCP proxy on raw sockets between Lettuce and Redis, with the faults of a network. */
final class RedisProxy implements AutoCloseable {
    private final ServerSocket listener;
    private final int redis;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable String> fatalRequest = new AtomicReference<>();
    private final AtomicInteger lostReplies = new AtomicInteger();
    private volatile Duration delay = Duration.ZERO;
    private volatile boolean swallows;

    private RedisProxy(ServerSocket listener, int redis) {
        this.listener = listener;
        this.redis = redis;
    }

    static RedisProxy start(RedisServer redis) {
        try {
            RedisProxy proxy = new RedisProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), redis.port());
            proxy.inBackground(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Job {
        void run() throws IOException;
    }

    private final class Connection {
        private final Socket client;
        private final Socket server;
        private volatile boolean losesReply;

        Connection(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        private void requests() throws IOException {
            InputStream in = client.getInputStream();
            byte[] bytes = new byte[65_536];
            for (int length; (length = in.read(bytes)) >= 0; ) {
                String fatal = fatalRequest.get();
                if (fatal != null
                        && new String(bytes, 0, length, ISO_8859_1).contains(fatal)
                        && fatalRequest.compareAndSet(fatal, null)) {
                    losesReply = true;
                }
                forward(bytes, length, server.getOutputStream());
            }
        }

        private void replies() throws IOException {
            InputStream in = server.getInputStream();
            byte[] bytes = new byte[65_536];
            for (int length; (length = in.read(bytes)) >= 0; ) {
                if (losesReply) {
                    lostReplies.incrementAndGet();
                    return;
                }
                forward(bytes, length, client.getOutputStream());
            }
        }

        private void forward(byte[] bytes, int length, OutputStream out) throws IOException {
            Await.pause(delay);
            if (!swallows) {
                out.write(bytes, 0, length);
                out.flush();
            }
        }

        private void pump(Job job) throws IOException {
            try {
                job.run();
            } finally {
                close();
            }
        }

        private void reset() throws IOException {
            client.setSoLinger(true, 0);
            close();
        }

        private void close() throws IOException {
            open.remove(this);
            client.close();
            server.close();
        }
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            try {
                Socket server = new Socket(InetAddress.getLoopbackAddress(), redis);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                Connection connection = new Connection(client, server);
                open.add(connection);
                inBackground(() -> connection.pump(connection::requests));
                inBackground(() -> connection.pump(connection::replies));
            } catch (IOException e) {
                client.close();
            }
        }
    }

    private void inBackground(Job job) {
        Thread thread = new Thread(
                () -> {
                    try {
                        job.run();
                    } catch (IOException e) {
                        // One of the sides was closed.
                    }
                },
                "redis-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Of each packet. */
    void delay(Duration delay) {
        this.delay = delay;
    }

    /** Drops what it reads, in both directions, and closes nothing. */
    void swallow(boolean swallows) {
        this.swallows = swallows;
    }

    /** Forwards the next request with this text, and cuts its connection in place of the reply. */
    void loseReplyTo(String request) {
        fatalRequest.set(request);
    }

    int lostReplies() {
        return lostReplies.get();
    }

    int connections() {
        return open.size();
    }

    /** With a FIN. */
    void cut() {
        each(Connection::close);
    }

    /** With an RST. */
    void reset() {
        each(Connection::reset);
    }

    private interface End {
        void of(Connection connection) throws IOException;
    }

    private void each(End end) {
        for (Connection connection : open) {
            try {
                end.of(connection);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }
}
