package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.TransportException;
import io.netty.channel.ChannelOption;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

/** The settings of a client: defaults, effects and bounds. No test opens a socket. */
class BuilderTest {
    private static BalanceClient.Builder builder() {
        return BalanceClient.builder(Credentials.of("canary-user", "canary-password", "canary-api-id"));
    }

    /** Never connects, and counts the attempts to connect. */
    private static HttpClient unreachable(AtomicInteger connects) {
        return HttpClient.create()
                .mapConnect(connection -> Mono.defer(() -> {
                    connects.incrementAndGet();
                    return Mono.never();
                }));
    }

    private static TestSubscriber<Balance> subscribe(BalanceClient client) {
        TestSubscriber<Balance> subscriber = TestSubscriber.create();
        client.balance().subscribe(subscriber);
        return subscriber;
    }

    // Defaults

    @Test
    void the_defaults_are_as_documented() {
        try (BalanceClient client = builder().build()) {
            assertThat(client).extracting("baseUrl").isEqualTo("https://api.clickatell.com");
            assertThat(client).extracting("exchange.baseUrl").isEqualTo(URI.create("https://api.clickatell.com"));
            assertThat(client).extracting("exchange.clock").isEqualTo(Clock.systemUTC());
            assertThat(client).extracting("attemptTimeout").isEqualTo(Duration.ofSeconds(10));
            assertThat(client).extracting("retry.maxRetries").isEqualTo(2);
            assertThat(client).extracting("retry.minBackoff").isEqualTo(Duration.ofMillis(200));
            assertThat(client).extracting("retry.maxBackoff").isEqualTo(Duration.ofSeconds(2));
            assertThat(connectTimeout(client)).isEqualTo(5000);
        }
    }

    private static @Nullable Object connectTimeout(BalanceClient client) {
        HttpClient http =
                (HttpClient) assertThat(client).extracting("exchange.client").actual();
        return http.configuration().options().get(ChannelOption.CONNECT_TIMEOUT_MILLIS);
    }

    @Test
    void by_default_there_are_three_attempts_of_ten_seconds_each() {
        AtomicInteger connects = new AtomicInteger();
        VirtualTimeScheduler time = VirtualTimeScheduler.create();
        TestSubscriber<Balance> subscriber = subscribe(
                builder().httpClient(unreachable(connects)).scheduler(time).build());

        time.advanceTimeBy(Duration.ofMillis(30_399));
        assertThat(subscriber.isTerminatedOrCancelled()).isFalse();
        time.advanceTimeBy(Duration.ofMillis(30_900 - 30_399));
        assertThat(subscriber.expectTerminalError())
                .isInstanceOf(TransportException.class)
                .hasMessageContaining("attemptTimeout of 10000 ms");
        assertThat(connects).hasValue(3);
    }

    @Test
    void the_default_scheduler_is_reactors_looked_up_at_each_subscription() {
        AtomicInteger connects = new AtomicInteger();
        BalanceClient client = builder()
                .httpClient(unreachable(connects))
                .retry(RetryPolicy.none())
                .build();
        Mono<Balance> balance = client.balance();

        StepVerifier.withVirtualTime(() -> balance)
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(9999))
                .thenAwait(Duration.ofMillis(1))
                .expectError(TransportException.class)
                .verify(Duration.ofSeconds(30));
        assertThat(connects).hasValue(1);
    }

    @Test
    void each_setting_has_its_effect() {
        Clock clock = Clock.tickMinutes(ZoneOffset.UTC);
        try (BalanceClient client = builder()
                .baseUrl("https://proxy.example/sms/")
                .connectTimeout(Duration.ofMillis(1234))
                .attemptTimeout(Duration.ofMillis(4321))
                .retry(RetryPolicy.none())
                .clock(clock)
                .build()) {
            assertThat(client).extracting("baseUrl").isEqualTo("https://proxy.example/sms");
            assertThat(client).extracting("exchange.baseUrl").isEqualTo(URI.create("https://proxy.example/sms"));
            assertThat(client).extracting("exchange.clock").isSameAs(clock);
            assertThat(client).extracting("attemptTimeout").isEqualTo(Duration.ofMillis(4321));
            assertThat(client).extracting("retry.maxRetries").isEqualTo(0);
            assertThat(connectTimeout(client)).isEqualTo(1234);
        }
    }

    // An HttpClient of the application

    @Test
    void an_http_client_of_the_application_keeps_its_connect_timeout_unless_one_is_set() {
        HttpClient own = HttpClient.create().option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 77);

        assertThat(connectTimeout(builder().httpClient(own).build())).isEqualTo(77);
        assertThat(connectTimeout(builder()
                        .httpClient(own)
                        .connectTimeout(Duration.ofMillis(88))
                        .build()))
                .isEqualTo(88);
        assertThat(own.configuration().options().get(ChannelOption.CONNECT_TIMEOUT_MILLIS))
                .as("the application's")
                .isEqualTo(77);
    }

    @Test
    void an_http_client_of_the_application_is_used_without_redirects_and_hidden_retries() {
        HttpClient own = HttpClient.create().followRedirect(true);
        HttpClient http = (HttpClient) assertThat(builder().httpClient(own).build())
                .extracting("exchange.client")
                .actual();

        assertThat(http.configuration().isRetryDisabled()).isTrue();
        assertThat(http.configuration().followRedirectPredicate()).isNull();
        assertThat(own.configuration().followRedirectPredicate())
                .as("the application's")
                .isNotNull();
    }

    // Rejected settings

    private static void assertRejected(ThrowingCallable setting, String... parts) {
        assertThatIllegalArgumentException().isThrownBy(setting).withMessageContainingAll(parts);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "PT0.000999999S", "PT1H0.000000001S", "PT999999H"})
    void a_timeout_out_of_bounds_is_rejected_with_its_name_value_and_bounds(Duration timeout) {
        assertRejected(
                () -> builder().connectTimeout(timeout), "connectTimeout", "PT0.001S", "PT1H", timeout.toString());
        assertRejected(
                () -> builder().attemptTimeout(timeout), "attemptTimeout", "PT0.001S", "PT1H", timeout.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0.001S", "PT1H"})
    void the_bounds_of_a_timeout_are_accepted(Duration timeout) {
        assertThatCode(() -> builder().connectTimeout(timeout).attemptTimeout(timeout))
                .doesNotThrowAnyException();
    }

    @Test
    void an_invalid_base_url_is_rejected_at_once() {
        assertRejected(() -> builder().baseUrl("gateway"), "baseUrl", "http(s)://host", "gateway");
    }

    @Test
    void plain_http_is_rejected_unless_the_host_is_loopback_or_it_is_allowed() {
        assertRejected(
                () -> builder().baseUrl("http://gateway.example").build(),
                "baseUrl",
                "https://",
                "allowPlainHttp()",
                "http://gateway.example");
        assertThatCode(() -> {
                    builder().baseUrl("http://127.0.0.1:8080").build().close();
                    builder().baseUrl("http://localhost:8080").build().close();
                    builder().baseUrl("http://[::1]:8080").build().close();
                    builder()
                            .baseUrl("http://gateway.example")
                            .allowPlainHttp()
                            .build()
                            .close();
                    builder()
                            .allowPlainHttp()
                            .baseUrl("http://gateway.example")
                            .build()
                            .close();
                })
                .doesNotThrowAnyException();
    }

    @Test
    @SuppressWarnings("NullAway")
    void a_null_is_rejected_with_its_name() {
        assertNullRejected(() -> BalanceClient.builder((Credentials) null), "credentials");
        assertNullRejected(() -> BalanceClient.builder((BalanceApi) null), "api");
        assertNullRejected(() -> builder().baseUrl(null), "baseUrl");
        assertNullRejected(() -> builder().connectTimeout(null), "connectTimeout");
        assertNullRejected(() -> builder().attemptTimeout(null), "attemptTimeout");
        assertNullRejected(() -> builder().retry(null), "retry");
        assertNullRejected(() -> builder().observer(null), "observer");
        assertNullRejected(() -> builder().httpClient(null), "httpClient");
        assertNullRejected(() -> builder().clock(null), "clock");
        assertNullRejected(() -> builder().scheduler(null), "scheduler");
    }

    private static void assertNullRejected(ThrowingCallable setting, String name) {
        assertThatNullPointerException().isThrownBy(setting).withMessage(name);
    }

    // Secrets

    @Test
    void neither_builder_nor_client_nor_failure_shows_a_secret() {
        HttpClient refusing = HttpClient.create().mapConnect(connection -> Mono.error(new ConnectException("refused")));
        BalanceClient.Builder builder = builder().httpClient(refusing).retry(RetryPolicy.none());
        BalanceClient client = builder.build();
        StringWriter trace = new StringWriter();
        subscribe(client).expectTerminalError().printStackTrace(new PrintWriter(trace, true));

        assertThat(List.<Object>of(builder, client, trace).toString())
                .contains("POST https://api.clickatell.com/http/getbalance")
                .doesNotContain("canary", "getbalance?");
    }
}
