package io.github.clickatellbalance.reactor.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A gateway that counts. The balance in the n-th reply is n, so that an older balance is a lower one. */
final class Gateway implements AutoCloseable {
    private static final Pattern USER = Pattern.compile("(?:^|&)user=([^&]*)");

    /**
     * A request.
     *
     * @param receivedAt by {@code System.nanoTime()}
     */
    record Request(int number, String user, long receivedAt) {}

    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "gateway");
        thread.setDaemon(true);
        return thread;
    });
    private final HttpServer server;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Set<Request> inFlight = ConcurrentHashMap.newKeySet();
    private volatile int mostInFlight;
    private volatile Duration delay = Duration.ZERO;
    private volatile int status = 200;

    private Gateway() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        server.setExecutor(threads);
        server.createContext("/", this::receive);
        server.start();
    }

    static Gateway start() {
        try {
            return new Gateway();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void receive(HttpExchange exchange) throws IOException {
        Matcher user = USER.matcher(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
        Request request = received(user.find() ? user.group(1) : "");
        CompletableFuture.delayedExecutor(delay.toMillis(), MILLISECONDS, threads)
                .execute(() -> reply(exchange, request));
    }

    private void reply(HttpExchange exchange, Request request) {
        try {
            byte[] body = ("Credit: " + request.number()).getBytes(UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        } catch (IOException e) {
            // The client has disconnected.
        } finally {
            inFlight.remove(request);
            exchange.close();
        }
    }

    private synchronized Request received(String user) {
        Request request = new Request(requests.size() + 1, user, System.nanoTime());
        requests.add(request);
        inFlight.add(request);
        mostInFlight = Math.max(mostInFlight, inFlight.size());
        return request;
    }

    void delay(Duration delay) {
        this.delay = delay;
    }

    void status(int status) {
        this.status = status;
    }

    int requests() {
        return requests.size();
    }

    List<Request> all() {
        return requests;
    }

    /** The requests without a reply. */
    Set<Request> inFlight() {
        return inFlight;
    }

    int mostInFlight() {
        return mostInFlight;
    }

    synchronized void resetMostInFlight() {
        mostInFlight = inFlight.size();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
