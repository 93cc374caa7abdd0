package io.github.clickatellbalance.examples.benchmarks.soak;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A gateway on a loopback port that fails as configured. Each balance that it sends is one more than the one before, so that the
 * balances between two moments are known.
 */
final class Gateway implements AutoCloseable {
    private static final int BACKLOG = 1024;
    private static final Pattern CONTENT_LENGTH =
            Pattern.compile("^content-length: *([0-9]+) *$", Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);

    /** Whether new connections are accepted. */
    enum Listening {
        ACCEPTING,
        /** There is no listener. */
        REFUSING,
        /** The queue of the listener is full. */
        FULL
    }

    private final InetSocketAddress address;
    private final @Nullable SSLContext tls;
    private final Random random;
    private final AtomicLong amount;
    private final AtomicLong requests = new AtomicLong();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Set<String> shown = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Faults faults;
    private volatile boolean isFrozen;
    private @Nullable ServerSocket listener;
    private @Nullable Thread acceptor;

    /** @param amount the balance of the account: two gateways can have the same */
    Gateway(Random random, AtomicLong amount, @Nullable SSLContext tls) {
        this.random = random;
        this.amount = amount;
        this.tls = tls;
        this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort(random));
        accept(listen(address, BACKLOG));
    }

    /**
     * Below the ports of clients: a client that connects to a port without a listener could otherwise get that port itself, and
     * be connected with itself.
     */
    static int freePort(Random random) {
        while (true) {
            int port = 15_000 + random.nextInt(15_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // In use: the next one.
            }
        }
    }

    private static ServerSocket listen(InetSocketAddress address, int backlog) {
        try {
            ServerSocket socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(address, backlog);
            return socket;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return (tls == null ? "http" : "https") + "://127.0.0.1:" + address.getPort();
    }

    long requests() {
        return requests.get();
    }

    int connections() {
        return open.size();
    }

    /** {@return the names of the faults that occurred} */
    Set<String> shown() {
        return shown;
    }

    /** From now on each request has one of these faults, or none if that is null. */
    void fail(@Nullable Faults next) {
        faults = next;
    }

    /** From now on the balance does not change. */
    void freeze() {
        isFrozen = true;
    }

    /** Also breaks all connections, unless it is accepting again. */
    void listen(Listening state) {
        closeListener();
        if (state != Listening.ACCEPTING) {
            shown.add(state.name());
            open.forEach(Gateway::reset);
        }
        if (state != Listening.REFUSING) {
            ServerSocket next = listen(address, state == Listening.FULL ? 1 : BACKLOG);
            listener = next;
            if (state == Listening.ACCEPTING) {
                accept(next);
            }
        }
    }

    /** The port is free when the thread that accepts has ended, and not before. */
    private void closeListener() {
        ServerSocket last = listener;
        if (last != null) {
            closeQuietly(last);
        }
        Thread accepting = acceptor;
        if (accepting != null) {
            try {
                accepting.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Not with a FIN: it would complete the body of a reply that has no length (RFC 9112, section 6.3). */
    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (SocketException e) {
            // It is closed already.
        }
        closeQuietly(socket);
    }

    private static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            // It is gone all the same.
        }
    }

    private void accept(ServerSocket from) {
        listener = from;
        acceptor = inBackground("accept", () -> {
            while (true) {
                Socket socket = from.accept();
                open.add(socket);
                inBackground("connection", () -> serve(socket));
            }
        });
    }

    private interface Job {
        void run() throws IOException;
    }

    private static Thread inBackground(String name, Job job) {
        Thread thread = new Thread(
                () -> {
                    try {
                        job.run();
                    } catch (IOException e) {
                        // The client disconnected, or the listener was closed.
                    }
                },
                "gateway-" + name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void serve(Socket socket) throws IOException {
        try (socket) {
            socket.setTcpNoDelay(true);
            Peer peer = new Peer(socket);
            Faults atAccept = faults;
            if (atAccept != null) {
                show(atAccept.atAccept(random, tls != null), peer);
            }
            if (tls != null) {
                peer.startTls(tls);
            }
            while (true) {
                peer.readRequest();
                requests.incrementAndGet();
                Faults atRequest = faults;
                show(atRequest == null ? Faults.NONE : atRequest.atRequest(random, tls != null), peer);
            }
        } finally {
            open.remove(socket);
        }
    }

    private void show(Faults.Fault fault, Peer peer) throws IOException {
        if (fault.isOne()) {
            shown.add(fault.name());
        }
        fault.script().run(peer);
    }

    @Override
    public void close() {
        closeListener();
        open.forEach(Gateway::closeQuietly);
    }

    /** The server side of one connection. A step fails with an {@code IOException} after the client has disconnected. */
    final class Peer {
        private final Socket plain;
        private Socket socket;
        private InputStream in;

        private Peer(Socket plain) throws IOException {
            this.plain = plain;
            this.socket = plain;
            this.in = new BufferedInputStream(plain.getInputStream());
        }

        /** Unless a fault has done it. The handshake takes place in the next step that reads or writes. */
        void startTls(SSLContext context) throws IOException {
            if (socket != plain) {
                return;
            }
            SSLSocket layered =
                    (SSLSocket) context.getSocketFactory().createSocket(plain, null, plain.getPort(), false);
            layered.setUseClientMode(false);
            socket = layered;
            in = new BufferedInputStream(layered.getInputStream());
        }

        /** From now on, reads and writes raw bytes instead of TLS records. */
        Peer withoutTls() {
            socket = plain;
            return this;
        }

        /** {@return the body of a reply with the next balance} */
        String balance() {
            return "Credits: " + (isFrozen ? amount.get() : amount.incrementAndGet()) + ".00 ";
        }

        /** Reads the available bytes, at least one. */
        Peer readBytes() throws IOException {
            if (in.read(new byte[8192]) < 0) {
                throw new EOFException();
            }
            return this;
        }

        private void readRequest() throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
                int next = in.read();
                if (next < 0) {
                    throw new EOFException();
                }
                head.append((char) next);
            }
            Matcher length = CONTENT_LENGTH.matcher(head);
            int expected = length.find() ? Integer.parseInt(Objects.requireNonNull(length.group(1))) : 0;
            if (in.readNBytes(expected).length < expected) {
                throw new EOFException();
            }
        }

        Peer write(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
            socket.getOutputStream().flush();
            return this;
        }

        /** Writes the text byte by byte, with a pause before each byte. */
        void drip(String text, Duration pause) throws IOException {
            for (int i = 0; i < text.length(); i++) {
                pause(pause);
                write(text.substring(i, i + 1));
            }
        }

        /** Writes the text until the client disconnects, about 200 KiB/s: as endless, and the machine stays usable. */
        void flood(String text) throws IOException {
            String block = text.repeat(Math.max(1, 2048 / text.length()));
            while (true) {
                write(block);
                pause(Duration.ofMillis(10));
            }
        }

        /** Writes nothing more and waits until the client disconnects. */
        void silence() throws IOException {
            while (true) {
                pause(Duration.ZERO);
            }
        }

        /** Waits for the duration, or without a limit if it is zero. Ends earlier if the client sends a byte. */
        private void pause(Duration duration) throws IOException {
            socket.setSoTimeout(Math.toIntExact(duration.toMillis()));
            try {
                if (in.read() < 0) {
                    throw new EOFException();
                }
            } catch (SocketTimeoutException e) {
                // The pause is over.
            } finally {
                socket.setSoTimeout(0);
            }
        }

        /** Ends the connection with a FIN. With TLS, sends a close_notify first. */
        void close() throws IOException {
            socket.close();
        }

        /** Ends the connection with a FIN. With TLS, sends no close_notify. */
        void cut() throws IOException {
            plain.close();
        }

        /** Ends the connection with an RST. */
        void reset() throws IOException {
            plain.setSoLinger(true, 0);
            plain.close();
        }
    }
}
