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
import io.github.clickatellbalance.reactor.BalanceAlerts;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.BurnRates;
import io.github.clickatellbalance.reactor.redis.RedisBalanceClient;
import io.github.clickatellbalance.test.StandInGateway;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.api.reactive.RedisScriptingReactiveCommands;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.transport.ProxyProvider;

/** Compiles and runs the code of README and Javadoc. {@link DocumentationTest} compares the texts. */
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
        gateway.fallingBalance();
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
        Credentials credentials = Credentials.of("user", "password", "API ID");
        BalanceClient client = BalanceClient.builder(credentials).build();

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
    @Timeout(60)
    void readme_use() {
        try (client) {
            Mono<String> once = client.balance().map(balance -> balance.amount() + " " + balance.unit() + " left");
            System.out.println(once.block()); // a main thread may block, an event loop must not

            Flux<Balance> balances = client.poll(Duration.ofSeconds(1)); // survives outages
            balances.take(3).doOnNext(System.out::println).blockLast();
        } catch (ClickatellException e) {
            System.out.println(e.getMessage());
        }

        assertThat(printed.toString(UTF_8)).startsWith("100.00 credits left").contains("Balance[amount=9");
    }

    /** A connection to a Redis that does not reply. */
    private record Connection(RedisScriptingReactiveCommands<String, String> reactive) {
        @SuppressWarnings("unchecked")
        Connection() {
            this((RedisScriptingReactiveCommands<String, String>) Proxy.newProxyInstance(
                    Snippets.class.getClassLoader(),
                    new Class<?>[] {RedisScriptingReactiveCommands.class},
                    (proxy, method, arguments) -> Flux.error(new RedisConnectionException("There is no Redis"))));
        }
    }

    @Test
    void readme_many_instances() {
        Connection connection = new Connection();
        Duration window = Duration.ofHours(6);
        Threshold low = new Threshold("low", new BigDecimal("200"), new BigDecimal("5"));
        RedisBalanceClient shared = RedisBalanceClient.builder(client, connection.reactive())
                .account("acct-blue")
                .interval(Duration.ofMinutes(1))
                .build();
        BalanceFeed feed = BalanceFeed.of(shared, Duration.ofMinutes(1));

        Flux<BurnRate> rates = Flux.concat(shared.recent(), feed.balances()).transform(BurnRates.over(window));
        Flux<BalanceAlert> alerts = feed.balances().transform(shared.alerts(low));

        assertThat(rates.blockFirst()).isNotNull();
        assertThat(alerts.blockFirst()).isNotNull();
        feed.close();
        shared.close();
    }

    @Test
    void javadoc_own_client() {
        HttpClient http = HttpClient.create()
                .proxy(proxy -> proxy.type(ProxyProvider.Proxy.HTTP)
                        .host("proxy.example.com")
                        .port(3128));
        BalanceClient client =
                BalanceClient.builder(credentials).httpClient(http).build();
        client.close();
    }

    @Test
    void javadoc_own_resolver() {
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
        BalanceFeed feed = BalanceFeed.of(client, Duration.ofMinutes(1));
        feed.start(); // polls until close(), with or without subscribers

        Flux<Balance> page = feed.balances(); // the current balance at once, then each new one
        Flux<BalanceAlert> alerts = feed.balances()
                .transform(BalanceAlerts.on(new Threshold("low", new BigDecimal("50"), new BigDecimal("5"))));
        Flux<BurnRate> rates = feed.balances().transform(BurnRates.over(Duration.ofHours(6)));
        Optional<BalanceSignal> health = feed.latest(); // no I/O

        assertThat(health).isNotNull();
        assertThat(page.blockFirst()).isEqualTo(feed.balances().blockFirst());
        assertThat(gateway.requests()).isEqualTo(1);
        Disposable subscriptions = Disposables.composite(alerts.subscribe(), rates.subscribe());
        subscriptions.dispose();
        feed.close();
    }

    @Test
    void readme_many_accounts() {
        List<Credentials> accounts = List.of(credentials, credentials);
        Duration interval = Duration.ofMinutes(1);
        ConnectionProvider pool = ConnectionProvider.builder("balances")
                .maxConnections(64)
                .pendingAcquireMaxCount(-1)
                .maxIdleTime(Duration.ofSeconds(4))
                .build();
        HttpClient http = HttpClient.create(pool);
        Flux<Balance> balances = Flux.fromIterable(accounts)
                .flatMap(
                        account -> BalanceClient.builder(account)
                                .httpClient(http)
                                .build()
                                .poll(interval)
                                .delaySubscription(Duration.ofMillis(
                                        ThreadLocalRandom.current().nextLong(interval.toMillis())))
                                .doOnError(failure -> System.err.println(failure.getMessage()))
                                .onErrorComplete(),
                        accounts.size(),
                        1);

        assertThat(balances).isNotNull(); // a subscription would send requests to the vendor
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
}
