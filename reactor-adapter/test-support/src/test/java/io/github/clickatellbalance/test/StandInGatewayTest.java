package io.github.clickatellbalance.test;

import static io.github.clickatellbalance.test.StandInGateway.API_ID;
import static io.github.clickatellbalance.test.StandInGateway.API_KEY;
import static io.github.clickatellbalance.test.StandInGateway.PASSWORD;
import static io.github.clickatellbalance.test.StandInGateway.TOKEN;
import static io.github.clickatellbalance.test.StandInGateway.USER;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.RetryPolicy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.netty.ChannelBindException;
import reactor.netty.http.HttpResources;

class StandInGatewayTest {
    private static final String QUERY = "?user=" + USER + "&password=" + PASSWORD + "&api_id=" + API_ID;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final StandInGateway gateway = StandInGateway.start(0, now::get);
    private final HttpClient plain = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        gateway.close();
    }

    private static Credentials credentials() {
        return Credentials.of(USER, PASSWORD, API_ID);
    }

    static Stream<BalanceApi> apis() {
        return Stream.of(
                BalanceApi.http(credentials()),
                BalanceApi.httpSession(credentials()),
                BalanceApi.rest(TOKEN),
                BalanceApi.platform(API_KEY),
                BalanceApi.oneApi(API_KEY));
    }

    private BalanceClient client(BalanceApi api) {
        return client(gateway, api);
    }

    private static BalanceClient client(StandInGateway gateway, BalanceApi api) {
        return BalanceClient.builder(api)
                .baseUrl(gateway.baseUrl())
                .attemptTimeout(Duration.ofSeconds(5))
                .retry(RetryPolicy.none())
                .build();
    }

    private Balance ask(BalanceApi api) {
        try (BalanceClient client = client(api)) {
            return client.balance().blockOptional().orElseThrow();
        }
    }

    private static Balance ask(StandInGateway gateway) {
        try (BalanceClient client = client(gateway, gateway.api())) {
            return client.balance().blockOptional().orElseThrow();
        }
    }

    private <T extends ClickatellException> T failure(Class<T> type, BalanceApi api) {
        return catchThrowableOfType(type, () -> ask(api));
    }

    private String get(String pathAndQuery) throws IOException, InterruptedException {
        return plain.send(
                        HttpRequest.newBuilder(URI.create(gateway.baseUrl() + pathAndQuery))
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }

    @ParameterizedTest
    @MethodSource("apis")
    void at_the_start_the_balance_is_100_and_there_is_no_fault(BalanceApi api) {
        for (int i = 0; i < 8; i++) {
            assertThat(ask(api).amount()).isEqualTo(new BigDecimal("100.00"));
        }
    }

    @ParameterizedTest
    @MethodSource("apis")
    void a_balance_has_the_digits_that_were_set_and_ends_the_fault(BalanceApi api) {
        for (String amount : List.of("12.50", "0", "-3.1", "1E+3")) {
            gateway.fail(Fault.UNAVAILABLE);
            assertThat(failure(HttpStatusException.class, api)).isNotNull();
            gateway.balance(amount);
            assertThat(ask(api).amount()).isEqualTo(new BigDecimal(new BigDecimal(amount).toPlainString()));
        }
    }

    @Test
    void a_balance_that_is_no_number_is_refused_and_changes_nothing() {
        gateway.fail(Fault.REFUSED);

        assertThatThrownBy(() -> gateway.balance("much")).isInstanceOf(NumberFormatException.class);
        assertThat(failure(ApiErrorException.class, gateway.api()).code()).contains("001");
    }

    @Test
    void a_falling_balance_starts_at_100_again_and_ends_the_fault() {
        gateway.fallingBalance();
        ask(gateway);
        assertThat(ask(gateway).amount()).isEqualTo(new BigDecimal("96.75"));
        gateway.fail(Fault.UNAVAILABLE);
        gateway.fallingBalance();

        assertThat(ask(gateway).amount()).isEqualTo(new BigDecimal("100.00"));
    }

    @ParameterizedTest
    @MethodSource("apis")
    void the_balance_falls_and_is_topped_up_and_every_fourth_request_fails(BalanceApi api) {
        gateway.fallingBalance();
        gateway.fail(Fault.EVERY_FOURTH);
        List<BigDecimal> amounts = new ArrayList<>();
        List<ClickatellException> failures = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            try {
                amounts.add(ask(api).amount());
            } catch (ClickatellException e) {
                failures.add(e);
            }
        }

        assertThat(amounts).hasSize(30).startsWith(new BigDecimal("100.00"), new BigDecimal("96.75"));
        assertThat(amounts.subList(1, amounts.size())).contains(new BigDecimal("100.00"));
        assertThat(amounts).allSatisfy(amount -> assertThat(amount).isPositive());
        assertThat(failures)
                .hasSize(10)
                .allSatisfy(failure -> assertThat(failure.isTransient()).isTrue());
        assertThat(failures.get(0)).isInstanceOf(HttpStatusException.class);
        assertThat(failures.get(1)).isInstanceOfAny(ApiErrorException.class, HttpStatusException.class);
        assertThat(failures.get(2)).isInstanceOf(TransportException.class);
        assertThat(gateway.requests()).isEqualTo(40);
    }

    @Test
    void the_newer_apis_tell_a_currency() {
        assertThat(ask(BalanceApi.rest(TOKEN)).unit()).isEqualTo("credits");
        assertThat(ask(BalanceApi.platform(API_KEY)).unit()).isEqualTo("ZAR");
        assertThat(ask(BalanceApi.oneApi(API_KEY)).unit()).isEqualTo("ZAR");
    }

    static Stream<Arguments> wrong_secrets() {
        Credentials nobody = Credentials.of("nobody", PASSWORD, API_ID);
        Credentials wrong = Credentials.of(USER, "wrong", API_ID);
        Credentials other = Credentials.of(USER, PASSWORD, "other-id");
        return Stream.of(
                Arguments.of(BalanceApi.http(nobody), "001"),
                Arguments.of(BalanceApi.http(wrong), "001"),
                Arguments.of(BalanceApi.http(other), "108"),
                Arguments.of(BalanceApi.httpSession(wrong), "001"),
                Arguments.of(BalanceApi.httpSession(other), "108"),
                Arguments.of(BalanceApi.rest("wrong"), "001"),
                Arguments.of(BalanceApi.platform("wrong"), "108"),
                Arguments.of(BalanceApi.oneApi("wrong"), "001"));
    }

    @ParameterizedTest
    @MethodSource("wrong_secrets")
    void a_wrong_secret_is_refused_with_the_vendors_numbers(BalanceApi api, String code) {
        ApiErrorException refusal = failure(ApiErrorException.class, api);

        assertThat(refusal.code()).contains(code);
        assertThat(refusal.isTransient()).isFalse();
    }

    // Faults

    @ParameterizedTest
    @MethodSource("apis")
    void a_fault_that_is_selected_stays_until_another_one_is(BalanceApi api) {
        gateway.fail(Fault.UNAVAILABLE);
        assertThat(failure(HttpStatusException.class, api).retryAfter()).contains(Duration.ofSeconds(1));
        assertThat(failure(HttpStatusException.class, api).status()).isEqualTo(503);
        gateway.fail(Fault.INTERNAL_ERROR);
        assertThat(failure(ClickatellException.class, api).isTransient()).isTrue();
        gateway.fail(Fault.REFUSED);
        assertThat(failure(ApiErrorException.class, api).isTransient()).isFalse();
        gateway.fail(Fault.RATE_LIMIT);
        assertThat(failure(ClickatellException.class, api).isTransient()).isTrue();
        gateway.fail(Fault.LOGIN_PAGE);
        assertThat(failure(MalformedReplyException.class, api)).hasMessageContaining("Log in");
        gateway.fail(Fault.RESET);
        assertThat(failure(TransportException.class, api)).hasMessageContaining("broke");
        gateway.fail(Fault.NONE);
        for (int i = 0; i < 8; i++) {
            assertThat(ask(api).amount()).isPositive();
        }
    }

    @Test
    void silence_lasts_until_the_client_has_enough() {
        gateway.fail(Fault.SILENCE);
        try (BalanceClient client = BalanceClient.builder(credentials())
                .baseUrl(gateway.baseUrl())
                .attemptTimeout(Duration.ofMillis(200))
                .retry(RetryPolicy.none())
                .build()) {
            assertThat(catchThrowableOfType(
                            TransportException.class, () -> client.balance().block()))
                    .hasMessageContaining("attemptTimeout");
        }
    }

    @Test
    void the_rate_limit_of_the_one_api_is_its_error_43() {
        gateway.fail(Fault.RATE_LIMIT);

        assertThat(failure(ApiErrorException.class, BalanceApi.oneApi(API_KEY)).code())
                .contains("043");
    }

    // Sessions

    @Test
    void a_session_that_was_ended_is_renewed_by_the_client() {
        try (BalanceClient client = client(BalanceApi.httpSession(credentials()))) {
            client.balance().block();
            client.balance().block();
            assertThat(gateway.logins()).isOne();
            gateway.endSessions();

            assertThat(client.balance().block()).isNotNull();
            assertThat(gateway.logins()).isEqualTo(2);
        }
    }

    @Test
    void a_session_ends_fifteen_minutes_after_it_was_used_last() throws IOException, InterruptedException {
        String id = get("/http/auth" + QUERY).substring("OK: ".length());
        assertThat(id).matches("[0-9a-f]{32}");

        later(Duration.ofMinutes(14));
        assertThat(get("/http/ping?session_id=" + id)).isEqualTo("OK: " + id);
        later(Duration.ofMinutes(14));
        assertThat(get("/http/getbalance?session_id=" + id)).isEqualTo("Credits: 100.00 ");
        later(Duration.ofMinutes(15));
        assertThat(get("/http/ping?session_id=" + id)).isEqualTo("ERR: 003, Session ID expired");
        assertThat(get("/http/getbalance?session_id=" + id)).isEqualTo("ERR: 003, Session ID expired");
    }

    private void later(Duration duration) {
        now.updateAndGet(instant -> instant.plus(duration));
    }

    // The HTTP/S API without the client

    @ParameterizedTest
    @CsvSource({
        "/http/getbalance?user=demo-user&password=demo-password&api_id=demo-api-id, Credits: 100.00",
        "/http/getbalance?user=demo-user&password=wrong&api_id=demo-api-id, 'ERR: 001, Authentication failed'",
        "/http/getbalance?user=demo-user&user=demo-user&password=demo-password&api_id=demo-api-id, "
                + "'ERR: 001, Authentication failed'",
        "/http/getbalance, 'ERR: 001, Authentication failed'",
        "/http/ping, 'ERR: 005, Missing session ID'",
        "/http/ping?session_id=, 'ERR: 005, Missing session ID'",
        "/http/ping?session_id=0, 'ERR: 003, Session ID expired'"
    })
    void a_get_has_its_parameters_in_the_query(String pathAndQuery, String answer)
            throws IOException, InterruptedException {
        assertThat(get(pathAndQuery).strip()).isEqualTo(answer);
    }

    @Test
    void a_post_without_the_forms_content_type_is_refused() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(gateway.baseUrl() + "/http/getbalance"))
                .POST(HttpRequest.BodyPublishers.ofString(QUERY.substring(1)))
                .build();

        assertThat(plain.send(request, BodyHandlers.ofString()).body()).isEqualTo("ERR: 001, Authentication failed");
    }

    // Start and end

    @Test
    void a_port_can_be_given_and_is_in_use_until_the_end() {
        int port = URI.create(gateway.baseUrl()).getPort();
        assertThatThrownBy(() -> StandInGateway.start(port)).isInstanceOf(ChannelBindException.class);
        gateway.close();

        try (StandInGateway other = StandInGateway.start(port)) {
            assertThat(other.baseUrl()).isEqualTo(gateway.baseUrl());
            assertThat(ask(other).amount()).isEqualTo(new BigDecimal("100.00"));
            assertThat(other.requests()).isOne();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536})
    void a_port_out_of_bounds_is_refused(int port) {
        assertThatThrownBy(() -> StandInGateway.start(port))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(String.valueOf(port));
    }

    @Test
    void after_the_end_open_connections_are_closed_too() {
        try (BalanceClient client = client(gateway.api())) {
            assertThat(client.balance().block()).isNotNull();
            gateway.close();
            gateway.close();

            assertThatThrownBy(() -> client.balance().block()).isInstanceOf(TransportException.class);
        }
    }

    /** Spring does that at the end of an application. */
    @Test
    void the_gateway_outlives_the_shared_resources_of_reactor_netty() {
        ask(gateway);
        HttpResources.disposeLoopsAndConnectionsLater(Duration.ZERO, Duration.ofSeconds(5))
                .block(Duration.ofSeconds(10));

        assertThat(ask(gateway).amount()).isEqualTo(new BigDecimal("100.00"));
    }

    // From a shell

    @Test
    void from_a_shell_it_prints_how_to_point_an_application_at_it() {
        int port = URI.create(gateway.baseUrl()).getPort();
        gateway.close();
        ByteArrayOutputStream printed = new ByteArrayOutputStream();

        try (StandInGateway other =
                StandInGateway.run(List.of("--port", String.valueOf(port)), new PrintStream(printed, true, UTF_8))) {
            assertThat(other.baseUrl()).isEqualTo(gateway.baseUrl());
            assertThat(printed.toString(UTF_8))
                    .contains(
                            "clickatell.base-url=" + other.baseUrl() + "\n",
                            "clickatell.user=" + USER + "\n",
                            "clickatell.password=" + PASSWORD + "\n",
                            "clickatell.api-id=" + API_ID + "\n",
                            TOKEN,
                            API_KEY);
            ask(other);
            assertThat(ask(other).amount()).isEqualTo(new BigDecimal("96.75"));
            ask(other);
            assertThat(catchThrowableOfType(HttpStatusException.class, () -> ask(other))
                            .status())
                    .isEqualTo(503);
        }
    }

    @Test
    void from_a_shell_without_arguments_the_port_is_a_free_one() {
        try (StandInGateway other = StandInGateway.run(List.of(), new PrintStream(OutputStream.nullOutputStream()))) {
            assertThat(other.baseUrl()).isNotEqualTo(gateway.baseUrl());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--port", "8099", "--port many", "--port -1", "--port 8099 more", "--port 65536"})
    void from_a_shell_wrong_arguments_are_refused(String arguments) {
        assertThatThrownBy(() -> StandInGateway.run(List.of(arguments.split(" ")), System.out))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65535");
    }
}
