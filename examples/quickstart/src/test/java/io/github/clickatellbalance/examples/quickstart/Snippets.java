package io.github.clickatellbalance.examples.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.examples.gateway.StandInGateway;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
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
}
