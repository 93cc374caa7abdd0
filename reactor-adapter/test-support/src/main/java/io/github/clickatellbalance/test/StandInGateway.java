package io.github.clickatellbalance.test;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.clickatellbalance.BalanceApi;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.ChannelBindException;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.resources.LoopResources;

/**
 * A server on loopback with the replies of Clickatell's APIs:
 *
 * <ul>
 *   <li>HTTP/S: {@code POST} and {@code GET /http/getbalance} with {@link #USER}, {@link #PASSWORD} and {@link #API_ID}, or
 *       with a session ID; {@code /http/auth} starts a session, {@code /http/ping} keeps it alive, and fifteen minutes
 *       without a request or {@link #endSessions()} end it
 *   <li>legacy REST: {@code GET /rest/account/balance} with {@link #TOKEN}
 *   <li>Platform and One: {@code GET /public-client/balance} and {@code GET /v1/balance} with {@link #API_KEY}
 * </ul>
 *
 * All have the same account. Its balance is 100.00 until {@link #balance} or {@link #fallingBalance} changes it. Thread-safe:
 * a change counts from the next balance request on.
 */
public final class StandInGateway implements AutoCloseable {
    /** The user name of the account: {@value}. */
    public static final String USER = "demo-user";
    /** The password of the account: {@value}. */
    public static final String PASSWORD = "demo-password";
    /** The API ID of the account: {@value}. */
    public static final String API_ID = "demo-api-id";
    /** The token of the legacy REST API: {@value}. */
    public static final String TOKEN = "demo-token";
    /** The API key of the Platform and One APIs: {@value}. */
    public static final String API_KEY = "demo-api-key";

    private static final int MAX_PORT = 65_535;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final AtomicLong requests = new AtomicLong();
    private final Sessions sessions;
    // Of its own: Spring disposes of Reactor Netty's shared ones when an application ends.
    private final LoopResources loops = LoopResources.create("clickatell-stand-in", 1, true);
    private final DisposableServer server;
    private volatile Supplier<BigDecimal> balance = () -> new BigDecimal("100.00");
    private volatile Fault fault = Fault.NONE;

    private StandInGateway(int port, InstantSource clock) {
        this.sessions = new Sessions(clock);
        try {
            this.server = HttpServer.create()
                    .runOn(loops)
                    .host("127.0.0.1")
                    .port(port)
                    .route(this::routes)
                    .bindNow();
        } catch (ChannelBindException e) {
            loops.dispose();
            throw e;
        }
    }

    /**
     * Runs a gateway until the process is ended, with a {@linkplain #fallingBalance falling balance} and {@link
     * Fault#EVERY_FOURTH}. Prints how to point an application at it. The exit code is 2 for wrong arguments and a port that
     * is in use.
     *
     * @param arguments {@code --port} and a number; without them the port is a free one
     */
    public static void main(String[] arguments) {
        try {
            run(List.of(arguments), System.out).server.onDispose().block();
        } catch (IllegalArgumentException | ChannelBindException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    static StandInGateway run(List<String> arguments, PrintStream out) {
        StandInGateway gateway = start(port(arguments));
        gateway.fallingBalance();
        gateway.fail(Fault.EVERY_FOURTH);
        out.printf("""
                The stand-in gateway runs until you end this process. Its balance falls, and every fourth request fails.

                base URL: %1$s
                user: %2$s
                password: %3$s
                API ID: %4$s
                token of the REST API: %5$s
                API key of the Platform and One APIs: %6$s

                As properties of an application:

                clickatell.base-url=%1$s
                clickatell.user=%2$s
                clickatell.password=%3$s
                clickatell.api-id=%4$s
                """, gateway.baseUrl(), USER, PASSWORD, API_ID, TOKEN, API_KEY);
        return gateway;
    }

    private static int port(List<String> arguments) {
        if (arguments.isEmpty()) {
            return 0;
        }
        if (arguments.size() == 2
                && arguments.get(0).equals("--port")
                && arguments.get(1).matches("[0-9]{1,5}")) {
            return Integer.parseInt(arguments.get(1));
        }
        throw new IllegalArgumentException("The arguments must be --port and a number from 0 to " + MAX_PORT
                + ", or none, but were: " + String.join(" ", arguments));
    }

    private void routes(HttpServerRoutes routes) {
        HttpEndpoint http = new HttpEndpoint(sessions);
        byPostOrGet(routes, "/http/auth", reply(http::auth));
        byPostOrGet(routes, "/http/ping", reply(http::ping));
        byPostOrGet(routes, "/http/getbalance", balance(http));
        for (JsonEndpoint json : JsonEndpoint.ALL) {
            routes.get(json.path(), balance(json));
        }
    }

    private static void byPostOrGet(
            HttpServerRoutes routes,
            String path,
            BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> handler) {
        routes.post(path, handler).get(path, handler);
    }

    /** Starts a gateway on a free port of 127.0.0.1, with a balance of 100.00 and no fault. */
    public static StandInGateway start() {
        return start(0);
    }

    /**
     * Starts a gateway on this port of 127.0.0.1, with a balance of 100.00 and no fault.
     *
     * @param port from 1 to 65535, or 0 for a free one
     * @throws IllegalArgumentException if the port is out of these bounds
     * @throws ChannelBindException if the port is in use
     */
    public static StandInGateway start(int port) {
        return start(port, InstantSource.system());
    }

    static StandInGateway start(int port, InstantSource clock) {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("port must be from 0 to " + MAX_PORT + ", but was: " + port);
        }
        return new StandInGateway(port, clock);
    }

    /** {@return the base URL, such as {@code http://127.0.0.1:54321}} */
    public String baseUrl() {
        return "http://127.0.0.1:" + server.port();
    }

    /** {@return the HTTP/S API with the credentials of the account} {@link Api#ofStandIn()} has the other APIs. */
    public BalanceApi api() {
        return Api.HTTP.ofStandIn();
    }

    /**
     * Sets the balance of the account, and ends the fault.
     *
     * @param amount such as {@code 12.50}, sent with these digits
     * @throws NumberFormatException if it is not a number
     */
    public void balance(String amount) {
        BigDecimal fixed = new BigDecimal(amount);
        balance(() -> fixed);
    }

    /**
     * Lets the balance fall from 100.00 with each reply, and ends the fault. The balance is topped up before it reaches zero.
     * Nothing is random: the n-th reply is the same in each run.
     */
    public void fallingBalance() {
        balance(new FallingBalance()::next);
    }

    private void balance(Supplier<BigDecimal> next) {
        balance = next;
        fault = Fault.NONE;
    }

    /** {@return the number of balance requests, refused and failed ones included} */
    public long requests() {
        return requests.get();
    }

    /** {@return the number of sessions} */
    public long logins() {
        return sessions.begun();
    }

    /** Lets balance requests fail, until {@link #balance} or another fault. */
    public void fail(Fault fault) {
        this.fault = Objects.requireNonNull(fault, "fault");
    }

    /** Ends all sessions. */
    public void endSessions() {
        sessions.end();
    }

    private BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> reply(Function<Request, Reply> reply) {
        return (http, response) -> request(http).flatMap(request -> Mono.from(send(reply.apply(request), response)));
    }

    private BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> balance(BalanceEndpoint api) {
        return (http, response) -> request(http).flatMap(request -> Mono.from(balance(api, request, response)));
    }

    /** Like the real gateway, it ignores a {@code POST} without the content type of a form. */
    private static Mono<Request> request(HttpServerRequest http) {
        Map<String, List<String>> query = new QueryStringDecoder(http.uri()).parameters();
        boolean isForm = http.requestHeaders()
                .get(HttpHeaderNames.CONTENT_TYPE, "")
                .startsWith("application/x-www-form-urlencoded");
        return http.receive()
                .aggregate()
                .asString(UTF_8)
                .map(body -> isForm ? new QueryStringDecoder(body, false).parameters() : query)
                .defaultIfEmpty(query)
                .map(parameters -> new Request(http.requestHeaders(), parameters));
    }

    private Publisher<Void> balance(BalanceEndpoint api, Request request, HttpServerResponse response) {
        long number = requests.incrementAndGet();
        Reply refusal = api.refusal(request);
        if (refusal != null) {
            return send(refusal, response);
        }
        return switch (fault.at(number)) {
            case NONE, EVERY_FOURTH -> send(api.balance(balance.get()), response);
            case UNAVAILABLE -> send(Reply.status(503), response.header(HttpHeaderNames.RETRY_AFTER, "1"));
            case INTERNAL_ERROR -> send(api.internalError(), response);
            case REFUSED -> send(api.wrongCredentials(), response);
            case RATE_LIMIT -> send(api.rateLimit(), response);
            case LOGIN_PAGE -> send(Reply.text("<html><title>Log in</title></html>"), response);
            case RESET -> reset(response);
            case SILENCE -> Mono.never();
        };
    }

    private static Publisher<Void> send(Reply reply, HttpServerResponse response) {
        return response.status(reply.status())
                .header(HttpHeaderNames.CONTENT_TYPE, reply.contentType())
                .sendString(Mono.just(reply.body()));
    }

    private static Publisher<Void> reset(HttpServerResponse response) {
        return Mono.<Void>fromRunnable(() -> response.withConnection(connection -> {
            connection.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            connection.dispose();
        }));
    }

    /** Ends the server and its connections. Closing twice has no further effect. */
    @Override
    public void close() {
        server.disposeNow();
        loops.disposeLater(Duration.ZERO, CLOSE_TIMEOUT).block(CLOSE_TIMEOUT);
    }
}
