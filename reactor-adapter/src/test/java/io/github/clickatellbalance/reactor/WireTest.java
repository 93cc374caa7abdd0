package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockserver.model.HttpRequest.request;
import static org.mockserver.model.HttpResponse.response;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockserver.configuration.Configuration;
import org.mockserver.integration.ClientAndServer;
import org.mockserver.matchers.Times;
import org.mockserver.model.ConnectionOptions;
import org.mockserver.model.HttpRequest;
import org.mockserver.model.HttpResponse;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** The client against MockServer, a server that follows HTTP: the requests that it sends, and the outcome of each reply. */
@Tag("wire")
class WireTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String PATH = "/http/getbalance";
    private static final RetryPolicy TWO_RETRIES = RetryPolicy.backoff(2, Duration.ofMillis(1), Duration.ofMillis(1));

    /**
     * Reactor Netty delivers a value shortly before the connection returns to the pool. The next call may therefore open a new
     * connection, more often on a busy machine. Without reuse, each of the twenty calls would open a connection.
     */
    private static final int MAX_CONNECTIONS_OF_TWENTY_CALLS = 10;

    private static ClientAndServer server;

    @BeforeAll
    static void start() {
        server = ClientAndServer.startClientAndServer(
                Configuration.configuration().disableLogging(true), 0);
    }

    @AfterAll
    static void stop() {
        server.stop();
    }

    @BeforeEach
    void reset() {
        server.reset();
    }

    private static String url() {
        return "http://127.0.0.1:" + server.getPort();
    }

    private static BalanceClient.Builder client() {
        return BalanceClient.builder(Credentials.of("canary-user", "canary-password", "canary-api-id"))
                .baseUrl(url())
                .attemptTimeout(TIMEOUT)
                .retry(TWO_RETRIES);
    }

    private static void respondWith(HttpResponse... replies) {
        for (int i = 0; i < replies.length; i++) {
            Times times = i < replies.length - 1 ? Times.once() : Times.unlimited();
            server.when(request(), times).respond(replies[i]);
        }
    }

    private static HttpResponse text(String body) {
        return response(body).withStatusCode(200);
    }

    private static HttpResponse status(int status) {
        return response().withStatusCode(status);
    }

    private static Balance balance(BalanceClient.Builder builder) {
        try (BalanceClient client = builder.build()) {
            return client.balance().blockOptional(TIMEOUT).orElseThrow();
        }
    }

    private static ClickatellException failure(BalanceClient.Builder builder) {
        try (BalanceClient client = builder.build()) {
            Throwable failure = catchThrowable(() -> client.balance().block(TIMEOUT));
            assertThat(failure).isInstanceOf(ClickatellException.class);
            return (ClickatellException) failure;
        }
    }

    private static HttpRequest[] requests() {
        return server.retrieveRecordedRequests(request());
    }

    // The request

    @Test
    void the_request_is_a_form_post_and_only_its_body_contains_secrets() {
        respondWith(text("Credits: 1.00"));
        balance(client());

        HttpRequest request = requests()[0];
        assertThat(request.getMethod("")).isEqualTo("POST");
        assertThat(request.getPath().getValue()).isEqualTo(PATH);
        assertThat(request.getQueryStringParameterList()).isNullOrEmpty();
        assertThat(request.getHeader("content-type")).containsExactly("application/x-www-form-urlencoded");
        assertThat(request.getBodyAsString())
                .isEqualTo("user=canary-user&password=canary-password&api_id=canary-api-id");
        assertThat(request.getHeader("content-length")).containsExactly("62");
        assertThat(request.getHeader("transfer-encoding")).isEmpty();
        assertThat(request.getHeaderList().toString()).doesNotContain("canary");
        assertThat(request.getHeader("cookie")).isEmpty();
        assertThat(request.getHeader("authorization")).isEmpty();
    }

    @Test
    void the_user_agent_names_this_library() {
        respondWith(text("Credits: 1.00"));
        balance(client());

        assertThat(requests()[0].getHeader("user-agent"))
                .singleElement()
                .asString()
                .matches("clickatell-balance(/[0-9][^ ]*)?");
    }

    @Test
    void credentials_with_special_characters_are_form_encoded() {
        respondWith(text("Credits: 1.00"));
        balance(BalanceClient.builder(Credentials.of("a b+c", "&=%?#/\u00e9\u20ac", "x\"y'z"))
                .baseUrl(url()));

        assertThat(requests()[0].getBodyAsString())
                .isEqualTo("user=a+b%2Bc&password=%26%3D%25%3F%23%2F%C3%A9%E2%82%AC&api_id=x%22y%27z");
    }

    @Test
    void the_path_of_the_base_url_comes_before_the_path_of_the_api() {
        respondWith(text("Credits: 1.00"));
        balance(client().baseUrl(url() + "/proxy/sms/"));

        assertThat(requests()[0].getPath().getValue()).isEqualTo("/proxy/sms" + PATH);
    }

    @Test
    void nothing_is_sent_before_subscribe_and_each_subscription_sends_one_request() {
        respondWith(text("Credits: 1.00"));
        try (BalanceClient client = client().build()) {
            var balance = client.balance();
            assertThat(requests()).isEmpty();
            balance.block(TIMEOUT);
            balance.block(TIMEOUT);
            assertThat(requests()).hasSize(2);
        }
    }

    // Replies

    @ParameterizedTest
    @CsvSource({
        "'Credits: 123.00 ', 123.00",
        "'Credit: 12.50', 12.50",
        "'Credits: 0', 0",
        "'Credit: -3.50', -3.50",
        "'Credits: 1.000\r\n', 1.000"
    })
    void a_balance_has_the_scale_of_the_reply(String body, BigDecimal amount) {
        Instant now = Instant.parse("2026-11-24T12:00:00Z");
        respondWith(text(body));

        assertThat(balance(client().clock(Clock.fixed(now, ZoneOffset.UTC))))
                .isEqualTo(new Balance(amount, Balance.CREDITS, now));
    }

    @Test
    void a_chunked_reply_is_read() {
        respondWith(text("Credits: 12.50").withConnectionOptions(new ConnectionOptions().withChunkSize(3)));

        assertThat(balance(client()).amount()).isEqualByComparingTo("12.50");
    }

    @Test
    void wrong_credentials_are_sent_once() {
        respondWith(text("ERR: 001, Authentication failed"));

        assertThat(failure(client()))
                .isInstanceOfSatisfying(
                        ApiErrorException.class,
                        error -> assertThat(error.code()).contains("001"));
        assertThat(requests()).hasSize(1);
    }

    @Test
    void an_internal_error_of_the_gateway_is_retried() {
        respondWith(text("ERR: 901, Internal error"), text("Credits: 1.00"));

        assertThat(balance(client()).amount()).isEqualByComparingTo("1.00");
        assertThat(requests()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html><body>Log in</body></html>", "12.50", "{\"balance\":1}", "Credits:"})
    void a_malformed_reply_is_permanent(String body) {
        respondWith(text(body));

        assertThat(failure(client())).isInstanceOf(MalformedReplyException.class);
        assertThat(requests()).hasSize(1);
    }

    @Test
    void an_empty_body_is_a_failure_and_not_an_empty_result() {
        respondWith(text(""));

        assertThat(failure(client()))
                .isInstanceOf(MalformedReplyException.class)
                .hasMessageContaining("empty");
        assertThat(requests()).hasSize(1);
    }

    @Test
    void status_204_is_a_failure_and_not_an_empty_result() {
        respondWith(status(204));

        assertThat(failure(client()))
                .isInstanceOfSatisfying(
                        HttpStatusException.class,
                        error -> assertThat(error.status()).isEqualTo(204));
    }

    @Test
    void a_body_of_8_kib_is_read_and_a_longer_body_is_malformed() {
        String longest = "Credits: 1" + " ".repeat(8192 - 10);
        respondWith(text(longest), text(longest + " "));

        assertThat(balance(client()).amount()).isEqualByComparingTo("1");
        assertThat(failure(client()))
                .isInstanceOf(MalformedReplyException.class)
                .hasMessageContaining("longer than 8192 bytes");
        assertThat(requests()).hasSize(2);
    }

    // Statuses

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void a_redirect_is_never_followed(int status) {
        server.when(request().withPath(PATH)).respond(status(status).withHeader("Location", url() + "/elsewhere"));

        assertThat(failure(client())).isInstanceOfSatisfying(HttpStatusException.class, error -> {
            assertThat(error.status()).isEqualTo(status);
            assertThat(error.isTransient()).isFalse();
        });
        assertThat(server.retrieveRecordedRequests(request().withPath("/elsewhere")))
                .isEmpty();
        assertThat(requests()).hasSize(1);
    }

    @Test
    void a_redirect_is_not_followed_if_the_http_client_of_the_application_follows_redirects() {
        server.when(request().withPath(PATH)).respond(status(307).withHeader("Location", url() + "/elsewhere"));

        assertThat(failure(client().httpClient(HttpClient.create().followRedirect(true))))
                .isInstanceOf(HttpStatusException.class);
        assertThat(requests()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503, 504, 599})
    void a_transient_status_is_retried(int status) {
        respondWith(status(status), status(status), text("Credits: 1.00"));

        assertThat(balance(client()).amount()).isEqualByComparingTo("1.00");
        assertThat(requests()).hasSize(3);
    }

    @Test
    void attempts_are_one_plus_the_retries_and_the_last_failure_is_thrown_unwrapped() {
        respondWith(status(500), status(502), status(503));

        ClickatellException failure = failure(client());
        assertThat(failure).isInstanceOf(HttpStatusException.class);
        assertThat(((HttpStatusException) failure).status()).isEqualTo(503);
        assertThat(Stream.of(failure.getSuppressed())
                        .filter(HttpStatusException.class::isInstance)
                        .map(earlier -> ((HttpStatusException) earlier).status()))
                .containsExactly(500, 502);
        assertThat(requests()).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {201, 304, 400, 401, 403, 404, 405, 407, 410})
    void a_permanent_status_is_not_retried(int status) {
        respondWith(status(status));

        assertThat(failure(client())).isInstanceOfSatisfying(HttpStatusException.class, error -> {
            assertThat(error.status()).isEqualTo(status);
            assertThat(error.isTransient()).isFalse();
        });
        assertThat(requests()).hasSize(1);
    }

    @Test
    void a_failure_has_the_retry_after_of_the_reply() {
        respondWith(status(429).withHeader("Retry-After", "7"));

        assertThat(failure(client().retry(RetryPolicy.none())).retryAfter()).contains(Duration.ofSeconds(7));
    }

    @Test
    void a_retry_waits_for_the_time_in_retry_after() {
        respondWith(status(503).withHeader("Retry-After", "1"), text("Credits: 1.00"));
        long start = System.nanoTime();
        balance(client());

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(requests()).hasSize(2);
    }

    @Test
    void an_invalid_retry_after_does_not_prevent_the_retry() {
        respondWith(status(503).withHeader("Retry-After", "nonsense ".repeat(20)), text("Credits: 1.00"));

        assertThat(balance(client()).amount()).isEqualByComparingTo("1.00");
    }

    // Connections

    @Test
    void later_calls_reuse_a_connection() {
        try (FaultServer faultServer = FaultServer.start(FaultServer.OK);
                BalanceClient client = faultServer.client().build()) {
            for (int call = 0; call < 20; call++) {
                assertThat(client.balance().block(TIMEOUT)).isNotNull();
            }
            assertThat(faultServer.requests()).hasSize(20);
            assertThat(faultServer.connections()).isBetween(1, MAX_CONNECTIONS_OF_TWENTY_CALLS);
        }
    }

    @Test
    void a_poll_reuses_its_connection() {
        try (FaultServer faultServer = FaultServer.start(FaultServer.OK);
                BalanceClient client = faultServer.client().build()) {
            List<Balance> balances =
                    client.poll(Duration.ofMillis(1)).take(20).collectList().block(TIMEOUT);

            assertThat(balances).hasSize(20);
            assertThat(faultServer.requests()).hasSize(20);
            assertThat(faultServer.connections()).isBetween(1, MAX_CONNECTIONS_OF_TWENTY_CALLS);
        }
    }

    @Test
    void a_thousand_concurrent_calls_share_at_most_64_connections() {
        try (FaultServer faultServer = FaultServer.start(FaultServer.OK);
                BalanceClient client = faultServer.client().build()) {
            Long values = Flux.range(0, 1000)
                    .flatMap(call -> client.balance(), 1000)
                    .count()
                    .block(TIMEOUT);

            assertThat(values).isEqualTo(1000);
            assertThat(faultServer.connections()).isBetween(1, 64);
        }
    }

    @Test
    void the_http_client_of_the_application_keeps_its_settings_and_stays_open_after_close() {
        ConnectionProvider pool = ConnectionProvider.create("application", 1);
        try (FaultServer faultServer = FaultServer.start(FaultServer.OK)) {
            HttpClient own = HttpClient.create(pool).headers(headers -> headers.set("X-Application", "mine"));
            try (BalanceClient client = faultServer.client().httpClient(own).build()) {
                assertThat(client.balance().block(TIMEOUT)).isNotNull();
            }
            assertThat(faultServer.requests().get(0)).contains("X-Application: mine");

            assertThat(pool.isDisposed()).isFalse();
            assertThat(own.get().uri(faultServer.url()).response().block(TIMEOUT))
                    .isNotNull();
            // Only equal configurations share a connection, and the library adds a handler to its own configuration.
            assertThat(faultServer.connections()).isEqualTo(2);
        } finally {
            pool.disposeLater().block(TIMEOUT);
        }
    }
}
