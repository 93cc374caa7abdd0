package io.github.clickatellbalance.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.BalanceAlerts;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.ClientClosedException;
import io.github.clickatellbalance.reactor.RetryPolicy;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Compiles and runs the code of the README, and compares both texts. */
class DocumentationTest {
    @AfterEach
    void reset() {
        VirtualTimeScheduler.reset();
    }

    @Test
    void each_code_block_of_the_readme_is_here() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        String code = source(DocumentationTest.class) + source(ApplicationTest.class);
        List<String> blocks = blocks(readme, "java");

        assertThat(blocks)
                .hasSize(8)
                .allSatisfy(block -> assertThat(withoutSpace(code)).contains(withoutSpace(block)));
        assertThat(Pattern.compile("(?m)^```([a-z]+)$")
                        .matcher(readme)
                        .results()
                        .map(block -> block.group(1)))
                .containsOnly("java", "sh", "xml");
    }

    private static String source(Class<?> type) throws IOException {
        return Files.readString(Path.of("src/test/java", type.getName().replace('.', '/') + ".java"));
    }

    private static List<String> blocks(String page, String language) {
        return Pattern.compile("(?s)```" + language + "\\n(.*?)```")
                .matcher(page)
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    /** The formatter breaks lines at other places than a page. */
    private static String withoutSpace(String code) {
        return code.replaceAll("\\s+", "");
    }

    record Campaigns(BalanceClient client) {
        Mono<Boolean> arePaidFor(BigDecimal cost) {
            return client.balance()
                    .map(balance -> balance.amount().compareTo(cost) >= 0)
                    .onErrorReturn(ClickatellException.class, false);
        }
    }

    @Test
    void the_client() {
        FakeBalanceClient client = new FakeBalanceClient();
        Campaigns campaigns = new Campaigns(client);
        BigDecimal cost = new BigDecimal("10");

        client.emit("12.50");
        client.fail(new HttpStatusException(503, "", null));

        StepVerifier.create(campaigns.arePaidFor(cost)).expectNext(true).verifyComplete();
        StepVerifier.create(campaigns.arePaidFor(cost)).expectNext(false).verifyComplete();
        assertThat(client.requests()).isEqualTo(2);
    }

    @Test
    void polls() {
        FakeBalanceClient client = new FakeBalanceClient();
        client.emit("100.00");
        client.fail(new TransportException("There was no reply", true, null));
        client.emit("99.00");

        StepVerifier.withVirtualTime(() -> client.poll(Duration.ofMinutes(1)).map(Balance::amount))
                .expectNext(new BigDecimal("100.00"))
                .thenAwait(Duration.ofMinutes(2))
                .expectNext(new BigDecimal("99.00"))
                .then(client::close)
                .verifyComplete();
    }

    @Test
    void the_feed() {
        VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
        FakeBalanceClient client = new FakeBalanceClient();
        BalanceFeed feed = BalanceFeed.builder(client)
                .interval(Duration.ofMinutes(1))
                .deliverOn(Schedulers.immediate())
                .build();

        client.emit("100.00");
        feed.start();
        assertThat(feed.latest()).containsInstanceOf(BalanceSignal.Fresh.class);

        client.fail(new TransportException("There was no reply", true, null));
        time.advanceTimeBy(Duration.ofMinutes(1));
        assertThat(feed.latest()).containsInstanceOf(BalanceSignal.Stale.class);

        client.fail(new ApiErrorException("001", "Authentication failed", "Check the password.", false, null));
        time.advanceTimeBy(Duration.ofMinutes(1));
        assertThat(feed.latest()).containsInstanceOf(BalanceSignal.Rejected.class);

        client.emit("100.00");
        time.advanceTimeBy(Duration.ofMinutes(5));
        assertThat(feed.latest()).containsInstanceOf(BalanceSignal.Fresh.class);

        feed.close();
        VirtualTimeScheduler.reset(); // in @AfterEach, so that a failed test does it, too
    }

    @Test
    void alerts() {
        VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
        FakeBalanceClient client = new FakeBalanceClient();
        BalanceFeed feed = BalanceFeed.builder(client)
                .interval(Duration.ofMinutes(1))
                .deliverOn(Schedulers.immediate())
                .build();
        Threshold low = new Threshold("low", new BigDecimal("50"), new BigDecimal("5"));
        List<BalanceAlert.Kind> alerts = new ArrayList<>();

        client.emit("60.00");
        client.emit("49.00");
        client.emit("52.00");
        client.emit("55.00");
        feed.balances().transform(BalanceAlerts.on(low)).map(BalanceAlert::kind).subscribe(alerts::add);
        time.advanceTimeBy(Duration.ofMinutes(3));

        assertThat(alerts).containsExactly(BalanceAlert.Kind.LOW, BalanceAlert.Kind.RECOVERED);
        feed.close();
        VirtualTimeScheduler.reset();
    }

    @Test
    void every_failure() {
        ClickatellException refused =
                new ApiErrorException("001", "Authentication failed", "Check the password.", false, null);
        ClickatellException busy = new HttpStatusException(429, "", Duration.ofSeconds(30)); // with Retry-After
        ClickatellException noReply = new TransportException("There was no reply", true, null);
        ClickatellException page = new MalformedReplyException("it is a page", "<html>");
        ClickatellException closed = new ClientClosedException();

        assertThat(signal(refused)).isInstanceOf(BalanceSignal.Rejected.class);
        assertThat(List.of(busy, noReply, page))
                .allSatisfy(failure -> assertThat(signal(failure)).isInstanceOf(BalanceSignal.Stale.class));
        assertThat(signal(new TransportException("TLS failed", false, null)))
                .isInstanceOf(BalanceSignal.Rejected.class);
        FakeBalanceClient client = new FakeBalanceClient();
        client.fail(closed);
        StepVerifier.create(client.poll(Duration.ofMinutes(1))).verifyComplete();
        StepVerifier.create(BalanceFeed.builder(client).build().balances()).verifyComplete();
    }

    @Test
    void the_wire() {
        try (StandInGateway gateway = StandInGateway.start();
                BalanceClient client = BalanceClient.builder(gateway.api())
                        .baseUrl(gateway.baseUrl())
                        .retry(RetryPolicy.none())
                        .build()) {
            gateway.balance("12.50");
            StepVerifier.create(client.balance().map(Balance::amount))
                    .expectNext(new BigDecimal("12.50"))
                    .verifyComplete();

            gateway.fail(Fault.UNAVAILABLE);
            StepVerifier.create(client.balance())
                    .expectError(HttpStatusException.class)
                    .verify();
            assertThat(gateway.requests()).isEqualTo(2);
        }
    }

    private static @Nullable BalanceSignal signal(ClickatellException failure) {
        FakeBalanceClient client = new FakeBalanceClient();
        client.fail(failure);
        try (BalanceFeed feed = BalanceFeed.of(client, Duration.ofMinutes(1))) {
            return feed.signals().blockFirst();
        }
    }
}
