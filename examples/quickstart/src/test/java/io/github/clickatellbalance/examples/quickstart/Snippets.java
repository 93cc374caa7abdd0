package io.github.clickatellbalance.examples.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BurnRate;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.examples.gateway.StandInGateway;
import io.github.clickatellbalance.reactor.BalanceAlerts;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.BurnRates;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.transport.ProxyProvider;

/** The code of README and Javadoc, to the letter: here it is compiled and run. {@link DocumentationTest} compares. */
class Snippets {
    private final StandInGateway gateway = StandInGateway.start();
    private final Credentials credentials =
            Credentials.of(StandInGateway.USER, StandInGateway.PASSWORD, StandInGateway.API_ID);
    private final BalanceClient client =
            BalanceClient.builder(credentials).baseUrl(gateway.baseUrl()).build();
    private final PrintStream console = System.out;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @BeforeEach
    void capture() {
        System.setOut(new PrintStream(printed, true, UTF_8));
    }

    @AfterEach
    void close() {
        System.setOut(console);
        client.close();
        gateway.close();
    }

    @Test
    void readme_build() {
        String user = StandInGateway.USER;
        String password = StandInGateway.PASSWORD;
        String apiId = StandInGateway.API_ID;
        BalanceClient client =
                BalanceClient.builder(Credentials.of(user, password, apiId)).build();
        client.close();
    }

    @Test
    void readme_which_api() {
        String apiKey = "demo-key";
        BalanceClient client =
                BalanceClient.builder(BalanceApi.platform(apiKey)).build();
        client.close();
    }

    @Test
    void readme_use() {
        Mono<Balance> now = client.balance(); // asks once for each subscriber
        Flux<Balance> watch = client.poll(Duration.ofMinutes(1)); // asks again and again, survives outages

        watch.filter(balance -> balance.amount().compareTo(new BigDecimal("50")) < 0)
                .subscribe(
                        balance -> System.out.println("Only " + balance.amount() + " " + balance.unit() + " left"),
                        failure -> System.out.println(failure.getMessage()));

        assertThat(now.block()).isNotNull();
        assertThat(printed.toString(UTF_8)).isEmpty();
    }

    @Test
    void readme_own_client() {
        HttpClient http = HttpClient.create()
                .proxy(proxy -> proxy.type(ProxyProvider.Proxy.HTTP)
                        .host("proxy.example.com")
                        .port(3128));
        BalanceClient client =
                BalanceClient.builder(credentials).httpClient(http).build();
        client.close();
    }

    @Test
    void readme_own_resolver() {
        HttpClient http = HttpClient.create().resolver(DefaultAddressResolverGroup.INSTANCE);
        BalanceClient client =
                BalanceClient.builder(credentials).httpClient(http).build();
        client.close();
    }

    @Test
    void javadoc_balance_client() {
        Mono<String> report = client.balance()
                .map(balance -> balance.amount() + " " + balance.unit())
                .onErrorResume(ClickatellException.class, failure -> Mono.just("unknown: " + failure.getMessage()));

        assertThat(report.block()).isEqualTo("100.00 credits");
    }

    @Test
    void readme_feed() {
        BalanceFeed feed = BalanceFeed.of(client, Duration.ofMinutes(1)); // one for each account

        Flux<Balance> page = feed.balances(); // the current one at once, then each new one
        Flux<BalanceAlert> alerts = feed.balances()
                .transform(BalanceAlerts.on(new Threshold("low", new BigDecimal("50"), new BigDecimal("5"))));
        Flux<BurnRate> rates = feed.balances().transform(BurnRates.over(Duration.ofHours(6)));
        Optional<BalanceSignal> health = feed.latest(); // asks nobody

        assertThat(health).isEmpty();
        assertThat(page.blockFirst()).isEqualTo(feed.balances().blockFirst());
        assertThat(gateway.requests()).isEqualTo(1);
        Disposable subscriptions = Disposables.composite(alerts.subscribe(), rates.subscribe());
        subscriptions.dispose();
        feed.close();
    }

    @Test
    void javadoc_balance_feed() {
        BalanceFeed feed = BalanceFeed.of(client, Duration.ofMinutes(1));
        Flux<String> page = feed.signals()
                .map(signal -> signal instanceof BalanceSignal.Fresh fresh
                        ? fresh.balance().amount() + " left"
                        : "not known at the moment");

        assertThat(page.blockFirst()).isEqualTo("100.00 left");
        feed.close();
    }

    @Test
    void javadoc_balance_alerts() {
        Flux<BalanceAlert> alerts = client.poll(Duration.ofMinutes(1))
                .transform(BalanceAlerts.on(
                        new Threshold("warning", new BigDecimal("50"), new BigDecimal("5")),
                        new Threshold("critical", new BigDecimal("10"), new BigDecimal("5"))));

        assertThat(alerts.take(Duration.ofMillis(100)).collectList().block()).isEmpty();
    }

    @Test
    void javadoc_burn_rates() {
        Flux<BurnRate> rates = client.poll(Duration.ofMinutes(1)).transform(BurnRates.over(Duration.ofHours(6)));

        assertThat(rates.blockFirst())
                .satisfies(rate ->
                        assertThat(rate.perHour()).as("not enough data yet").isEmpty());
    }
}
