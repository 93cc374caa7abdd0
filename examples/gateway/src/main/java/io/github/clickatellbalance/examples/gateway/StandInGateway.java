package io.github.clickatellbalance.examples.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerRoutes;

/**
 * A loopback server that answers like Clickatell's, for all of its APIs that tell a balance:
 *
 * <ul>
 *   <li>HTTP/S: {@code POST} and {@code GET /http/getbalance} with {@link #USER}, {@link #PASSWORD} and {@link #API_ID}, or
 *       with a session; {@code /http/auth} begins one, {@code /http/ping} keeps it, fifteen minutes without use or {@link
 *       #endSessions()} end it
 *   <li>legacy REST: {@code GET /rest/account/balance} with {@link #TOKEN}
 *   <li>Platform and One: {@code GET /public-client/balance} and {@code GET /v1/balance} with {@link #API_KEY}
 * </ul>
 *
 * They tell of one account, whose balance falls with each answer and is topped up when it is low. Every fourth question for
 * it fails in a way that the real gateway might, until {@link #fail(Fault)} selects another fault or {@link Fault#NONE}.
 * Nothing is random: the n-th question has the same answer in each run.
 */
public final class StandInGateway implements AutoCloseable {
    /** The user name that this gateway takes: {@value}. */
    public static final String USER = "demo-user";
    /** The password that this gateway takes: {@value}. */
    public static final String PASSWORD = "demo-password";
    /** The API ID that this gateway takes: {@value}. */
    public static final String API_ID = "demo-api-id";
    /** The token that this gateway's legacy REST API takes: {@value}. */
    public static final String TOKEN = "demo-token";
    /** The API key that this gateway's Platform and One APIs take: {@value}. */
    public static final String API_KEY = "demo-api-key";

    private final FallingBalance balance = new FallingBalance();
    private final AtomicLong requests = new AtomicLong();
    private final Sessions sessions;
    private final DisposableServer server;
    private volatile Fault fault = Fault.EVERY_FOURTH;

    private StandInGateway(InstantSource clock) {
        this.sessions = new Sessions(clock);
        this.server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .route(this::routes)
                .bindNow();
    }

    private void routes(HttpServerRoutes routes) {
        HttpApi http = new HttpApi(sessions);
        byPostOrGet(routes, "/http/auth", answering(http::auth));
        byPostOrGet(routes, "/http/ping", answering(http::ping));
        byPostOrGet(routes, "/http/getbalance", asking(http));
        for (JsonApi json : JsonApi.ALL) {
            routes.get(json.path(), asking(json));
        }
    }

    private static void byPostOrGet(
            HttpServerRoutes routes,
            String path,
            BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> handler) {
        routes.post(path, handler).get(path, handler);
    }

    /**
     * Starts a gateway on a free port of 127.0.0.1.
     *
     * @return the gateway
     */
    public static StandInGateway start() {
        return start(InstantSource.system());
    }

    static StandInGateway start(InstantSource clock) {
        return new StandInGateway(clock);
    }

    /** {@return where it answers, such as {@code http://127.0.0.1:54321}} */
    public String baseUrl() {
        return "http://127.0.0.1:" + server.port();
    }

    /** {@return how many questions for a balance it has seen} */
    public long requests() {
        return requests.get();
    }

    /** {@return how many sessions it has begun} */
    public long logins() {
        return sessions.begun();
    }

    /**
     * Selects what goes wrong from the next question for a balance on. At the start it is {@link Fault#EVERY_FOURTH}.
     *
     * @param fault the fault
     */
    public void fail(Fault fault) {
        this.fault = fault;
    }

    /** Ends all sessions at once, as if they had not been used for long. */
    public void endSessions() {
        sessions.end();
    }

    private BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> answering(
            Function<Question, Answer> answer) {
        return (request, response) ->
                question(request).flatMap(question -> Mono.from(send(answer.apply(question), response)));
    }

    private BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> asking(BalanceQuestion api) {
        return (request, response) -> question(request).flatMap(question -> Mono.from(ask(api, question, response)));
    }

    /** The real gateway, too, wants the form's content type in a {@code POST}. */
    private static Mono<Question> question(HttpServerRequest request) {
        Map<String, List<String>> query = new QueryStringDecoder(request.uri()).parameters();
        boolean isForm = request.requestHeaders()
                .get(HttpHeaderNames.CONTENT_TYPE, "")
                .startsWith("application/x-www-form-urlencoded");
        return request.receive()
                .aggregate()
                .asString(UTF_8)
                .map(body -> isForm ? new QueryStringDecoder(body, false).parameters() : query)
                .defaultIfEmpty(query)
                .map(parameters -> new Question(request.requestHeaders(), parameters));
    }

    private Publisher<Void> ask(BalanceQuestion api, Question question, HttpServerResponse response) {
        long number = requests.incrementAndGet();
        Answer refusal = api.refusal(question);
        if (refusal != null) {
            return send(refusal, response);
        }
        return switch (fault.at(number)) {
            case NONE, EVERY_FOURTH -> send(api.balance(balance.next()), response);
            case UNAVAILABLE -> send(Answer.status(503), response.header(HttpHeaderNames.RETRY_AFTER, "1"));
            case INTERNAL_ERROR -> send(api.internalError(), response);
            case RATE_LIMIT -> send(api.rateLimit(), response);
            case LOGIN_PAGE -> send(Answer.text("<html><title>Log in</title></html>"), response);
            case RESET -> reset(response);
            case SILENCE -> Mono.never();
        };
    }

    private static Publisher<Void> send(Answer answer, HttpServerResponse response) {
        return response.status(answer.status())
                .header(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
                .sendString(Mono.just(answer.body()));
    }

    private static Publisher<Void> reset(HttpServerResponse response) {
        return Mono.<Void>fromRunnable(() -> response.withConnection(connection -> {
            connection.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            connection.dispose();
        }));
    }

    @Override
    public void close() {
        server.disposeNow();
    }
}
