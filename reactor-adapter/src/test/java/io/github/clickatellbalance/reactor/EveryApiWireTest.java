package io.github.clickatellbalance.reactor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import java.math.BigDecimal;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** What the server of each API sees of a client, over real sockets. */
@Tag("wire")
class EveryApiWireTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String FORM = "application/x-www-form-urlencoded";

    private static FaultServer answering(Protocol api) {
        return FaultServer.start(FaultServer.says(FaultServer.reply("200 OK", api.balance("1267.92865"))));
    }

    private static Balance balance(BalanceClient.Builder builder) {
        try (BalanceClient client = builder.build()) {
            return client.balance().blockOptional(TIMEOUT).orElseThrow();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_balance_comes_with_its_scale_and_its_unit(Protocol api) {
        Instant now = Instant.parse("2026-11-24T12:00:00Z");
        try (FaultServer server = answering(api)) {
            assertThat(balance(server.client(api).clock(Clock.fixed(now, ZoneOffset.UTC))))
                    .isEqualTo(new Balance(new BigDecimal("1267.92865"), api.unit(), now));
        }
    }

    /** Whatever else there was might be what a server stumbles over; a body that is chunked is, in a GET. */
    @ParameterizedTest
    @EnumSource
    void the_request_has_what_the_vendor_asks_for_and_no_more(Protocol api) {
        try (FaultServer server = answering(api)) {
            balance(server.client(api));

            String request = server.requests().get(0);
            List<String> lines = request.lines().toList();
            String body = request.substring(request.indexOf("\r\n\r\n") + 4);
            Map<String, String> headers = lines.stream()
                    .skip(1)
                    .takeWhile(line -> !line.isEmpty())
                    .collect(toMap(
                            line -> line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT),
                            line -> line.substring(line.indexOf(':') + 2)));
            assertThat(lines.get(0)).isEqualTo(api.method() + " " + api.path() + " HTTP/1.1");
            assertThat(headers.remove("host")).isEqualTo("127.0.0.1:" + server.port());
            assertThat(headers.remove("user-agent")).startsWith("clickatell-balance");
            assertThat(headers).isEqualTo(expectedHeaders(api, body));
            assertThat(body).isEqualTo(expectedBody(api));
        }
    }

    private static Map<String, String> expectedHeaders(Protocol api, String body) {
        return switch (api) {
            case HTTP, HTTP_SESSION ->
                Map.of("content-type", FORM, "content-length", String.valueOf(body.length()), "accept", "*/*");
            case REST ->
                Map.of("authorization", "Bearer " + Protocol.SECRET, "x-version", "1", "accept", "application/json");
            case PLATFORM, ONE -> Map.of("authorization", Protocol.SECRET, "accept", "application/json");
        };
    }

    private static String expectedBody(Protocol api) {
        return switch (api) {
            case HTTP ->
                "user=canary-user&password=" + URLEncoder.encode(Protocol.SECRET, UTF_8) + "&api_id=canary-api-id";
            case HTTP_SESSION -> "session_id=" + Protocol.sessionId(1);
            case REST, PLATFORM, ONE -> "";
        };
    }

    @ParameterizedTest
    @EnumSource
    void a_path_of_the_base_url_comes_before_the_apis(Protocol api) {
        try (FaultServer server = answering(api)) {
            balance(server.client(api).baseUrl(server.url() + "/proxy/sms/"));

            assertThat(server.requests()).singleElement().asString().contains(" /proxy/sms" + api.path() + " ");
        }
    }

    // Sessions

    @Test
    void a_thousand_calls_at_once_on_an_expired_session_cause_one_login_and_get_a_thousand_balances() {
        try (SessionGateway gateway = new SessionGateway();
                CanaryWatch canary = CanaryWatch.listen();
                BalanceClient client = BalanceClient.builder(Protocol.HTTP_SESSION.api())
                        .baseUrl(gateway.url())
                        .attemptTimeout(TIMEOUT)
                        .retry(RetryPolicy.none())
                        .build()) {
            assertThat(client.balance().block(TIMEOUT)).isNotNull();
            assertThat(gateway.logins).hasValue(1);

            gateway.expire();
            List<Balance> balances = Flux.range(0, 1000)
                    .flatMap(call -> client.balance(), 1000)
                    .collectList()
                    .block(TIMEOUT);
            assertThat(balances).hasSize(1000);
            assertThat(gateway.logins).hasValue(2);
            assertThat(gateway.refused.get()).isBetween(1, 1000);
            assertThat(canary.seen()).isEmpty();
        }
    }

    /** Knows the session of the last login, until that expires. */
    private static final class SessionGateway implements AutoCloseable {
        private final AtomicInteger logins = new AtomicInteger();
        private final AtomicInteger refused = new AtomicInteger();
        private final DisposableServer server;
        private volatile String session = "none";

        SessionGateway() {
            server = HttpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .handle((request, response) -> response.sendString(request.receive()
                            .aggregate()
                            .asString(UTF_8)
                            .map(form -> answer(request.uri(), URLDecoder.decode(form, UTF_8)))))
                    .bindNow();
        }

        private String answer(String path, String form) {
            if (path.equals(Protocol.LOGIN_PATH)) {
                int login = logins.incrementAndGet();
                session = "session_id=" + Protocol.sessionId(login);
                return Protocol.loginReply(login);
            }
            if (form.equals(session)) {
                return Protocol.HTTP_SESSION.balance("12.50");
            }
            refused.incrementAndGet();
            return "ERR: 003, Session ID expired";
        }

        String url() {
            return "http://127.0.0.1:" + server.port();
        }

        void expire() {
            session = "none";
        }

        @Override
        public void close() {
            server.disposeNow();
        }
    }
}
