package io.github.clickatellbalance.examples.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * A loopback server that answers {@code POST /http/getbalance} like Clickatell's. Its balance falls with each answer and
 * is topped up when it is low; every fourth request fails in a way that the real gateway might. Nothing is random: the
 * n-th request has the same answer in each run.
 */
public final class StandInGateway implements AutoCloseable {
    /** The user name that this gateway takes: {@value}. */
    public static final String USER = "demo-user";
    /** The password that this gateway takes: {@value}. */
    public static final String PASSWORD = "demo-password";
    /** The API ID that this gateway takes: {@value}. */
    public static final String API_ID = "demo-api-id";

    private static final int REQUESTS_BETWEEN_FAILURES = 4;

    private final FallingBalance balance = new FallingBalance();
    private final AtomicLong requests = new AtomicLong();
    private final DisposableServer server;

    private StandInGateway() {
        this.server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.post("/http/getbalance", this::getBalance))
                .bindNow();
    }

    /**
     * Starts a gateway on a free port of 127.0.0.1.
     *
     * @return the gateway
     */
    public static StandInGateway start() {
        return new StandInGateway();
    }

    /** {@return where it answers, such as {@code http://127.0.0.1:54321}} */
    public String baseUrl() {
        return "http://127.0.0.1:" + server.port();
    }

    /** {@return how many requests for a balance it has seen} */
    public long requests() {
        return requests.get();
    }

    private Publisher<Void> getBalance(HttpServerRequest request, HttpServerResponse response) {
        return request.receive()
                .aggregate()
                .asString(UTF_8)
                .defaultIfEmpty("")
                .flatMap(body -> Mono.from(answer(request, body, response)));
    }

    private Publisher<Void> answer(HttpServerRequest request, String body, HttpServerResponse response) {
        long number = requests.incrementAndGet();
        String refusal = refusal(request, body);
        if (refusal != null) {
            return text(response, refusal);
        }
        if (number % REQUESTS_BETWEEN_FAILURES == 0) {
            return failure(number / REQUESTS_BETWEEN_FAILURES, response);
        }
        return text(response, "Credits: " + balance.next().toPlainString() + " ");
    }

    /** The real gateway, too, wants the form's content type, and tells errors with status 200. */
    private static @Nullable String refusal(HttpServerRequest request, String body) {
        String contentType = request.requestHeaders().get(HttpHeaderNames.CONTENT_TYPE, "");
        boolean isForm = contentType.startsWith("application/x-www-form-urlencoded");
        Map<String, List<String>> form = new QueryStringDecoder(body, false).parameters();
        if (!isForm || !has(form, "user", USER) || !has(form, "password", PASSWORD)) {
            return "ERR: 001, Authentication failed";
        }
        return has(form, "api_id", API_ID) ? null : "ERR: 108, Invalid or missing api_id";
    }

    private static boolean has(Map<String, List<String>> form, String name, String value) {
        return List.of(value).equals(form.get(name));
    }

    private static Publisher<Void> failure(long number, HttpServerResponse response) {
        return switch ((int) (number % 3)) {
            case 1 -> text(response.status(503).header(HttpHeaderNames.RETRY_AFTER, "1"), "Service Unavailable");
            case 2 -> text(response, "ERR: 901, Internal error");
            default -> reset(response);
        };
    }

    private static Publisher<Void> reset(HttpServerResponse response) {
        return Mono.<Void>fromRunnable(() -> response.withConnection(connection -> {
            connection.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            connection.dispose();
        }));
    }

    /** As captured from the real one: HTML by its header, text by its content, without a character set. */
    private static Publisher<Void> text(HttpServerResponse response, String text) {
        return response.header(HttpHeaderNames.CONTENT_TYPE, "text/html").sendString(Mono.just(text));
    }

    @Override
    public void close() {
        server.disposeNow();
    }
}
