package io.github.clickatellbalance.reactor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A server on a loopback port that can violate HTTP, TLS and TCP rules. Each connection runs a {@link Script}: a lambda whose
 * steps start after the accept. The connection is closed when the script returns or a step fails with an I/O error.
 *
 * <pre>{@code
 * FaultServer.start(
 *         peer -> peer.readRequest().reset(),                       // the first connection
 *         peer -> peer.readRequest().write("HTTP/1.1 200 OK\r\n")   // the second, and each one after it
 *                 .drip("Content-Length: 12", Duration.ofMillis(50)).silence())
 * }</pre>
 *
 * With {@link #startTls} every script runs inside TLS. With {@link #startBelowTls} only the client uses TLS: the script reads
 * and writes the raw bytes. The server replies to login requests by itself and does not count them as requests for a balance.
 * The same script therefore works for every API.
 */
final class FaultServer implements AutoCloseable {
    static final String BALANCE = reply("200 OK", Protocol.HTTP.balance("12.50"));

    static final Script OK = says(BALANCE);

    /** The default limit of Linux (net.core.somaxconn). A thousand concurrent connects fit into the queue. */
    private static final int MAX_BACKLOG = 4096;

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Pattern CONTENT_LENGTH =
            Pattern.compile("^content-length: *([0-9]+) *$", Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);

    /** What the server does on one connection. */
    interface Script {
        void run(Peer peer) throws IOException;
    }

    private final ServerSocket listener;
    private final String scheme;
    private final Script[] scripts;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private int connections;
    private int logins;
    private int goneClients;

    private FaultServer(ServerSocket listener, String scheme, Script... scripts) {
        this.listener = listener;
        this.scheme = scheme;
        this.scripts = scripts;
    }

    /** The n-th connection runs the n-th script. Further connections run the last script. */
    static FaultServer start(Script... scripts) {
        return started("http", scripts);
    }

    /** The same as {@link #start}, but inside TLS. */
    static FaultServer startTls(TestCertificate certificate, Script... scripts) {
        return started(
                "https",
                Stream.of(scripts)
                        .<Script>map(script -> peer -> script.run(peer.tls(certificate.context())))
                        .toArray(Script[]::new));
    }

    /** The scripts read the bytes that the TLS of the client sends. The server itself does no handshake. */
    static FaultServer startBelowTls(Script... scripts) {
        return started("https", scripts);
    }

    private static FaultServer started(String scheme, Script... scripts) {
        FaultServer server = listening(MAX_BACKLOG, scheme, scripts);
        server.inBackground("accept", server::accept);
        return server;
    }

    private static FaultServer listening(int backlog, String scheme, Script... scripts) {
        try {
            return new FaultServer(new ServerSocket(0, backlog, InetAddress.getLoopbackAddress()), scheme, scripts);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A port without a listener. It stays bound, so that no other server gets it meanwhile. */
    static FaultServer refusing() {
        FaultServer server = listening(1, "http");
        SocketAddress address = server.listener.getLocalSocketAddress();
        server.close();
        Socket bound = new Socket();
        server.open.add(bound);
        try {
            bound.setReuseAddress(true);
            bound.bind(address);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return server;
    }

    /** A port whose queue of connections is full. The kernel does not accept further connections. */
    static FaultServer full() {
        FaultServer server = listening(1, "http");
        try {
            while (true) {
                Socket socket = new Socket();
                server.open.add(socket);
                socket.connect(server.listener.getLocalSocketAddress(), 300);
            }
        } catch (SocketTimeoutException e) {
            return server;
        } catch (IOException e) {
            server.close();
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The n-th request gets the n-th reply. Further requests get the last reply. Requests are counted over all connections,
     * because a client that logs in first may send its next request over another connection. The script ends when the client
     * disconnects.
     */
    static Script says(String... replies) {
        return peer -> {
            while (true) {
                peer.readRequest();
                peer.write(replies[Math.min(peer.requests(), replies.length) - 1]);
            }
        };
    }

    /** A complete reply with a Content-Length. */
    static String reply(String status, String body) {
        return "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    int port() {
        return listener.getLocalPort();
    }

    String url() {
        return scheme + "://127.0.0.1:" + port();
    }

    /** A builder with the URL of this server, one attempt and long timeouts. */
    BalanceClient.Builder client() {
        return client(Protocol.HTTP);
    }

    BalanceClient.Builder client(Protocol protocol) {
        return BalanceClient.builder(protocol.api())
                .baseUrl(url())
                .attemptTimeout(TIMEOUT)
                .retry(RetryPolicy.none());
    }

    synchronized int connections() {
        return connections;
    }

    /** The requests for a balance that were received completely, with head and body. */
    List<String> requests() {
        return requests;
    }

    /** Waits until this number of connections were closed or reset by the client while their scripts were running. */
    void awaitGoneClients(int count) {
        await(() -> goneClients >= count, () -> goneClients + " client(s) of " + count + " are disconnected");
    }

    void awaitRequests(int count) {
        await(() -> requests.size() >= count, () -> requests.size() + " request(s) of " + count + " arrived");
    }

    private synchronized void await(BooleanSupplier condition, java.util.function.Supplier<String> state) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!condition.getAsBoolean()) {
            long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            if (left <= 0) {
                throw new AssertionError("only " + state.get());
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted, and only " + state.get(), e);
            }
        }
    }

    private void accept() throws IOException {
        while (true) {
            Socket socket = listener.accept();
            open.add(socket);
            int number = accepted();
            Script script = scripts[Math.min(number, scripts.length) - 1];
            inBackground("connection " + number, () -> run(script, socket));
        }
    }

    private synchronized int accepted() {
        return ++connections;
    }

    private void run(Script script, Socket socket) throws IOException {
        try (socket) {
            socket.setTcpNoDelay(true);
            script.run(new Peer(socket));
        } catch (IOException e) {
            clientIsGone();
            throw e;
        } finally {
            open.remove(socket);
        }
    }

    private synchronized void clientIsGone() {
        goneClients++;
        notifyAll();
    }

    private synchronized void received(String request) {
        requests.add(request);
        notifyAll();
    }

    private synchronized int login() {
        return ++logins;
    }

    private interface Job {
        void run() throws IOException;
    }

    private void inBackground(String name, Job job) {
        Thread thread = new Thread(
                () -> {
                    try {
                        job.run();
                    } catch (IOException e) {
                        // The client disconnected, or this server was closed. In both cases the thread ends.
                    }
                },
                "fault-server-" + port() + " " + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Stops listening and closes the open connections. */
    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The server side of one connection, as steps. A step fails with an {@code IOException} after the client has disconnected. */
    final class Peer {
        private final Socket plain;
        private Socket socket;

        private Peer(Socket plain) {
            this.plain = plain;
            this.socket = plain;
        }

        /** The handshake takes place in the next step that reads or writes. */
        private Peer tls(SSLContext context) throws IOException {
            SSLSocket layered = (SSLSocket) context.getSocketFactory().createSocket(plain, null, plain.getPort(), true);
            layered.setUseClientMode(false);
            socket = layered;
            return this;
        }

        /** From now on, a read fails with a {@link SocketTimeoutException} if the client sends nothing for this duration. */
        Peer readTimeout(Duration duration) throws IOException {
            plain.setSoTimeout(Math.toIntExact(duration.toMillis()));
            return this;
        }

        /** Reads the available bytes, at least one, and does not parse them. */
        Peer readBytes() throws IOException {
            if (socket.getInputStream().read(new byte[8192]) < 0) {
                throw new EOFException();
            }
            return this;
        }

        /** Reads one request for a balance, to the end of its body. Replies to login requests before it. */
        Peer readRequest() throws IOException {
            String request = request();
            while (request.contains(Protocol.LOGIN_PATH)) {
                write(reply("200 OK", Protocol.loginReply(login())));
                request = request();
            }
            received(request);
            return this;
        }

        private int requests() {
            return requests.size();
        }

        private String request() throws IOException {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
                int next = socket.getInputStream().read();
                if (next < 0) {
                    throw new EOFException();
                }
                head.write(next);
            }
            String text = head.toString(ISO_8859_1);
            Matcher length = CONTENT_LENGTH.matcher(text);
            int expected = length.find() ? Integer.parseInt(length.group(1)) : 0;
            byte[] body = socket.getInputStream().readNBytes(expected);
            if (body.length < expected) {
                throw new EOFException();
            }
            return text + new String(body, ISO_8859_1);
        }

        Peer write(String text) throws IOException {
            return write(text.getBytes(ISO_8859_1));
        }

        Peer write(byte... bytes) throws IOException {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            return this;
        }

        /** Writes the text byte by byte, with a pause before each byte. */
        Peer drip(String text, Duration pause) throws IOException {
            for (byte one : text.getBytes(ISO_8859_1)) {
                pause(pause);
                write(one);
            }
            return this;
        }

        /** Writes the text repeatedly, until the client disconnects. */
        void flood(String text) throws IOException {
            while (true) {
                write(text);
            }
        }

        /** Writes nothing more and waits until the client disconnects. */
        void silence() throws IOException {
            while (true) {
                pause(null);
            }
        }

        /** Waits for the duration, or without a limit. Ends earlier if the client sends a byte. */
        private void pause(@Nullable Duration duration) throws IOException {
            socket.setSoTimeout(duration == null ? 0 : Math.toIntExact(duration.toMillis()));
            try {
                if (socket.getInputStream().read() < 0) {
                    throw new EOFException();
                }
            } catch (SocketTimeoutException e) {
                // The pause is over.
            } finally {
                socket.setSoTimeout(0);
            }
        }

        /** From now on, reads and writes raw bytes instead of TLS records. */
        Peer withoutTls() {
            socket = plain;
            return this;
        }

        /** Ends the connection with a FIN. With TLS, sends a close_notify first. */
        void close() throws IOException {
            socket.close();
        }

        /** Ends the connection with a FIN. With TLS, sends no close_notify. */
        void cut() throws IOException {
            plain.close();
        }

        /** Ends the connection with an RST. With TLS, sends no close_notify. */
        void reset() throws IOException {
            plain.setSoLinger(true, 0);
            plain.close();
        }
    }
}
