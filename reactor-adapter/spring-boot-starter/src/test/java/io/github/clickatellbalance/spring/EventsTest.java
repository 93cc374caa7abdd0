package io.github.clickatellbalance.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.micrometer.BalanceFeedMetrics;
import io.micrometer.core.instrument.Tags;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Events, and the life of the feed, in a plain application. */
class EventsTest {
    private static final String[] THRESHOLDS = {"--clickatell.thresholds.low=50", "--clickatell.margin=5"};

    private static TestApplication plain(TestGateway gateway, Class<?> beans, String... properties) {
        return TestApplication.run(WebApplicationType.NONE, gateway, List.of(beans), properties);
    }

    // Alerts and changes

    @Configuration(proxyBeanMethods = false)
    static class Listener {
        final List<String> events = new CopyOnWriteArrayList<>();

        @EventListener
        void on(BalanceAlert alert) {
            events.add(alert.kind() + " " + alert.threshold().name() + " "
                    + alert.balance().amount());
        }

        @EventListener
        void on(BalanceSignal signal) {
            events.add(BalanceJson.state(signal));
        }
    }

    private static void await(Listener listener, String event) {
        TestApplication.await(() -> listener.events.contains(event));
    }

    @Test
    void alerts_and_changes_of_state_are_application_events() {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = plain(gateway, Listener.class, THRESHOLDS)) {
            Listener listener = application.bean(Listener.class);
            application.awaitAmount("100.00");
            gateway.balance("12.50");
            await(listener, "LOW low 12.50");
            gateway.balance("54.99"); // within the margin
            application.awaitAmount("54.99");
            gateway.outage();
            await(listener, "stale");
            gateway.balance("55.00");
            await(listener, "RECOVERED low 55.00");
            gateway.refuse();
            await(listener, "rejected");

            assertThat(listener.events)
                    .containsExactly("LOW low 12.50", "stale", "fresh", "RECOVERED low 55.00", "rejected");
        }
    }

    @Test
    void an_application_that_starts_with_a_low_balance_or_in_an_outage_gets_an_event() {
        try (TestGateway gateway = new TestGateway()) {
            gateway.balance("12.50");
            try (TestApplication application = plain(gateway, Listener.class, THRESHOLDS)) {
                await(application.bean(Listener.class), "LOW low 12.50");
            }
            gateway.outage();
            try (TestApplication application = plain(gateway, Listener.class, THRESHOLDS)) {
                await(application.bean(Listener.class), "stale");
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class BrokenListener {
        @EventListener
        void on(BalanceSignal signal) throws Exception {
            throw new Exception("broken listener");
        }

        /** Not wrapped in an exception of Spring's. */
        @Bean
        ApplicationListener<PayloadApplicationEvent<BalanceAlert>> brokenListener() {
            return event -> {
                throw new AssertionError("broken listener");
            };
        }
    }

    @Test
    void a_listener_that_throws_is_logged_and_ends_nothing() {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = plain(gateway, BrokenListener.class, THRESHOLDS);
                LogWatch log = LogWatch.ours()) {
            application.awaitAmount("100.00");
            gateway.balance("12.50");
            TestApplication.await(() -> count(log, "A listener failed") == 1);
            gateway.outage();
            TestApplication.await(() -> count(log, "A listener failed") == 2);
            gateway.balance("60.00");
            TestApplication.await(() -> count(log, "A listener failed") == 4); // fresh and recovered
            assertThat(log.lines()).noneMatch(line -> line.contains("canary"));
        }
    }

    private static long count(LogWatch log, String text) {
        return log.lines().stream().filter(line -> line.contains(text)).count();
    }

    @Configuration(proxyBeanMethods = false)
    static class BlockingListener {
        final CountDownLatch called = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);
        final CountDownLatch released = new CountDownLatch(1);

        @EventListener
        void on(BalanceAlert alert) throws InterruptedException {
            called.countDown();
            release.await(20, TimeUnit.SECONDS);
            released.countDown();
        }
    }

    @Test
    void a_listener_that_blocks_delays_neither_the_feed_nor_the_streams() throws InterruptedException {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = plain(gateway, BlockingListener.class, THRESHOLDS)) {
            BlockingListener listener = application.bean(BlockingListener.class);
            application.awaitAmount("100.00");
            gateway.balance("12.50");
            assertThat(listener.called.await(20, TimeUnit.SECONDS)).isTrue();

            gateway.balance("11.00");
            TestApplication.await(() -> application
                    .feed()
                    .latest()
                    .flatMap(BalanceSignal::lastKnown)
                    .filter(balance -> balance.amount().toPlainString().equals("11.00"))
                    .isPresent());
            application
                    .bean(BalanceMonitor.class)
                    .updates()
                    .filter(update -> update.json().containsValue("11.00"))
                    .blockFirst(TestApplication.TIMEOUT);
            assertThat(listener.released.getCount()).isOne();
            listener.release.countDown();
            assertThat(listener.released.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    // The life of the feed

    /** Of two feeds: nothing of ours subscribes to them. */
    @Configuration(proxyBeanMethods = false)
    static class TwoFeeds {
        final VirtualTimeScheduler time = VirtualTimeScheduler.create();
        final AtomicInteger polls = new AtomicInteger();
        int pollsBeforeReady;

        @Bean
        BalanceFeed blue() {
            return feed();
        }

        @Bean
        BalanceFeed green() {
            return feed();
        }

        @Bean
        BalanceFeedMetrics blueMetrics(BalanceFeed blue) {
            return new BalanceFeedMetrics(blue, Tags.of("account", "blue"));
        }

        @Bean
        BalanceFeedMetrics greenMetrics(BalanceFeed green) {
            return new BalanceFeedMetrics(green, Tags.of("account", "green"));
        }

        private BalanceFeed feed() {
            return BalanceFeed.builder(new Counting(polls))
                    .interval(Duration.ofMinutes(1))
                    .scheduler(time)
                    .deliverOn(Schedulers.immediate())
                    .build();
        }

        /** The last thing before ApplicationReadyEvent. */
        @Bean
        ApplicationRunner beforeReady() {
            return arguments -> {
                time.advanceTimeBy(Duration.ofHours(1));
                pollsBeforeReady = polls.get();
            };
        }
    }

    private record Counting(AtomicInteger polls) implements BalanceClient {
        @Override
        public Mono<Balance> balance() {
            return Mono.fromSupplier(() -> {
                polls.incrementAndGet();
                return new Balance(BigDecimal.TEN, Balance.CREDITS, Instant.EPOCH);
            });
        }

        @Override
        public Flux<Balance> poll(Duration interval) {
            return Flux.never();
        }

        @Override
        public void close() {}
    }

    @Configuration(proxyBeanMethods = false)
    static class OneFeed {
        final TwoFeeds feeds = new TwoFeeds();

        /** Spring does not close it: only the starter does. */
        @Bean(destroyMethod = "")
        BalanceFeed myFeed() {
            return feeds.blue();
        }

        @Bean
        ApplicationRunner beforeReady() {
            return feeds.beforeReady();
        }
    }

    @Test
    void polls_start_when_the_application_is_ready_without_any_subscriber() {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = plain(gateway, TwoFeeds.class)) {
            TwoFeeds feeds = application.bean(TwoFeeds.class);
            assertThat(feeds.pollsBeforeReady).isZero();
            feeds.time.advanceTime();
            assertThat(feeds.polls).hasValue(2);
            assertThat(gateway.requests()).isZero();
        }
    }

    @Test
    void with_several_feeds_all_are_started_and_closed_and_nothing_else_is_there() {
        TestApplication ended;
        TwoFeeds feeds;
        List<BalanceFeed> both;
        try (TestGateway gateway = new TestGateway();
                TestApplication application = plain(gateway, TwoFeeds.class)) {
            ended = application;
            feeds = application.bean(TwoFeeds.class);
            both = List.copyOf(
                    application.context.getBeansOfType(BalanceFeed.class).values());
            feeds.time.advanceTime();
            assertThat(both).hasSize(2).allMatch(feed -> feed.latest().isPresent() && feed.subscribers() == 0);
            assertThat(application.context.getBeanProvider(BalanceEvents.class)).isEmpty();
            assertThat(application.context.getBeanProvider(BalanceMonitor.class))
                    .isEmpty();
            assertThat(application.context.getBeanProvider(BalanceHealthIndicator.class))
                    .isEmpty();
            assertThat(application.context.getBeanProvider(SpendingMetrics.class))
                    .isEmpty();
        }
        assertThat(ended.context.isActive()).isFalse();
        assertThat(both).allMatch(feed -> isClosed(feed));
    }

    private static boolean isClosed(BalanceFeed feed) {
        return feed.latest().flatMap(BalanceSignal::reason).orElse("").equals("This feed is closed");
    }

    @Test
    void the_end_of_a_child_context_does_not_close_the_feed() {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = plain(gateway, Listener.class)) {
            application.awaitAmount("100.00");
            AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext();
            child.setParent(application.context);
            child.refresh();
            child.close();

            gateway.balance("99.00");
            application.awaitAmount("99.00");
            assertThat(isClosed(application.feed())).isFalse();
        }
    }

    @Test
    void an_application_that_is_closed_polls_no_more() {
        TestApplication ended;
        TwoFeeds feeds;
        try (TestGateway gateway = new TestGateway();
                TestApplication application = plain(gateway, OneFeed.class)) {
            ended = application;
            feeds = application.bean(OneFeed.class).feeds;
            feeds.time.advanceTimeBy(Duration.ofMinutes(3));
            assertThat(feeds.polls).hasValue(4);
        }
        assertThat(ended.context.isActive()).isFalse();
        feeds.time.advanceTimeBy(Duration.ofDays(1));
        assertThat(feeds.polls).hasValue(4);
    }

    /** Spring AOT decides at build time which beans there are. */
    @EnableConfigurationProperties(ClickatellProperties.class)
    @Configuration(proxyBeanMethods = false)
    static class BeansOfAot extends OneFeed {
        @Bean
        BalanceMonitor monitor(BalanceFeed feed) {
            return new BalanceMonitor(feed, Duration.ofHours(1), List.of(), Flux.empty());
        }

        @Bean
        BalanceEvents events(BalanceFeed feed, ApplicationContext context) {
            return new BalanceEvents(feed, List.of(), null, context);
        }

        @Bean
        FeedLifecycle lifecycle(
                ApplicationContext context,
                ClickatellProperties properties,
                ObjectProvider<BalanceFeed> feeds,
                ObjectProvider<BalanceMonitor> monitor,
                ObjectProvider<BalanceEvents> events) {
            return new FeedLifecycle(context, properties, feeds, monitor, events);
        }
    }

    @ParameterizedTest
    @CsvSource({"true, 1", "false, 0"})
    void disabled_it_polls_nothing_even_if_the_beans_are_there(String enabled, int polls) {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = plain(gateway, BeansOfAot.class, "--clickatell.enabled=" + enabled)) {
            TwoFeeds feeds = application.bean(BeansOfAot.class).feeds;
            feeds.time.advanceTime();
            assertThat(feeds.polls).hasValue(polls);
            assertThat(application.feed().subscribers()).isEqualTo(2 * polls);
        }
    }

    @Test
    void an_application_that_is_closed_has_closed_its_feed() {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = plain(gateway, Listener.class)) {
            BalanceFeed feed = application.feed();
            application.awaitAmount("100.00");
            application.context.close();

            assertThat(isClosed(feed)).isTrue();
            TestApplication.await(() -> feed.subscribers() == 0);
        }
    }

    @Test
    void two_applications_in_one_process_are_independent() {
        try (TestGateway blue = new TestGateway();
                TestGateway green = new TestGateway();
                TestApplication second = plain(green, Listener.class, THRESHOLDS)) {
            green.balance("99.00");
            try (TestApplication first = plain(blue, Listener.class, THRESHOLDS)) {
                first.awaitAmount("100.00");
                second.awaitAmount("99.00");
                blue.balance("1.00");
                await(first.bean(Listener.class), "LOW low 1.00");
                assertThat(second.bean(Listener.class).events).isEmpty();
            }
            green.balance("98.00");
            second.awaitAmount("98.00");
            assertThat(second.bean(Listener.class).events).isEmpty();
        }
    }

    @Test
    void with_lazy_initialization_polls_and_events_start_all_the_same() {
        try (TestGateway gateway = new TestGateway()) {
            gateway.balance("12.50");
            try (TestApplication application = plain(
                    gateway,
                    Listener.class,
                    "--clickatell.thresholds.low=50",
                    "--spring.main.lazy-initialization=true")) {
                await(application.bean(Listener.class), "LOW low 12.50");
            }
        }
    }

    @Test
    void the_feed_of_an_application_is_started_and_gets_its_events_too() {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = plain(gateway, OneFeed.class, THRESHOLDS)) {
            TwoFeeds feeds = application.bean(OneFeed.class).feeds;
            assertThat(feeds.pollsBeforeReady).isZero();
            feeds.time.advanceTime();
            assertThat(feeds.polls).hasValue(1);
            assertThat(application.bean(BalanceMonitor.class).history()).hasSize(1);
        }
    }
}
