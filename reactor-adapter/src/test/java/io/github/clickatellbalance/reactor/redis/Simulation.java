package io.github.clickatellbalance.reactor.redis;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal.Fresh;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

/** Instances of an application, their store and their gateway, in virtual time. Nothing of the log reaches the console. */
final class Simulation implements AutoCloseable {
    final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    final MemoryFleet.Store store = new MemoryFleet.Store(time);
    final Gateway gateway = new Gateway();
    final List<Instance> instances = new ArrayList<>();
    private int started;

    /** What happened, for the message of a failed test. */
    private final List<String> events = new ArrayList<>();

    private final List<Logger> loggers = List.of(logger(RedisBalanceClient.class), logger(BalanceFeed.class));
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

    Simulation() {
        appender.start();
        for (Logger logger : loggers) {
            logger.setLevel(Level.INFO);
            logger.setAdditive(false);
        }
        loggers.get(0).addAppender(appender);
    }

    private static Logger logger(Class<?> type) {
        return (Logger) LoggerFactory.getLogger(type);
    }

    /** Of all instances, each as {@code LEVEL message}. */
    List<String> log() {
        return appender.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }

    @Override
    public void close() {
        VirtualTimeScheduler.reset();
        loggers.get(0).detachAppender(appender);
        for (Logger logger : loggers) {
            logger.setAdditive(true);
            logger.setLevel(null);
        }
    }

    void advance(Duration duration) {
        time.advanceTimeBy(duration);
    }

    /** From now on, the threads of Reactor's own schedulers, too. */
    void replaceSchedulers() {
        VirtualTimeScheduler.set(time);
    }

    void event(Object... parts) {
        StringBuilder line = new StringBuilder().append(now().toMillis());
        for (Object part : parts) {
            line.append(' ').append(part);
        }
        events.add(line.toString());
    }

    List<String> lastEvents() {
        return events.subList(Math.max(0, events.size() - 60), events.size());
    }

    Duration now() {
        return Duration.ofNanos(time.now(TimeUnit.NANOSECONDS));
    }

    Instance instance(Duration interval) {
        Instance instance = new Instance(interval);
        instances.add(instance);
        return instance;
    }

    /** The time of the scheduler plus the error of one host's clock. */
    private final class HostClock extends Clock {
        private final Duration error;

        HostClock(Duration error) {
            this.error = error;
        }

        @Override
        public Instant instant() {
            return Instant.EPOCH.plus(now()).plus(error);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }

    /** A reply of the gateway. */
    record Reply(Duration latency, @Nullable ClickatellException failure) {
        static Reply balance(Duration latency) {
            return new Reply(latency, null);
        }
    }

    /** One request of an instance, from its start until the gateway has replied. */
    record Exchange(Instance instance, Duration start) {}

    /** The amount of each balance is the number of the reply, so that a newer one is larger. */
    final class Gateway {
        private Supplier<Reply> replies = () -> Reply.balance(Duration.ZERO);
        private final List<Exchange> exchanges = new ArrayList<>();
        private final Set<Exchange> inFlight = new LinkedHashSet<>();
        private final List<Duration> repliedAt = new ArrayList<>();
        private int mostInFlight;
        private @Nullable Supplier<BigDecimal> amounts;

        void replies(Supplier<Reply> replies) {
            this.replies = replies;
        }

        void latency(Duration latency) {
            replies(() -> Reply.balance(latency));
        }

        void fails(Supplier<ClickatellException> failure) {
            replies(() -> new Reply(Duration.ZERO, failure.get()));
        }

        /** In place of the number of the reply. */
        void amounts(Supplier<BigDecimal> amounts) {
            this.amounts = amounts;
        }

        List<Exchange> exchanges() {
            return exchanges;
        }

        int requests() {
            return exchanges.size();
        }

        /** Without those of killed processes. */
        int inFlight() {
            return (int) inFlight.stream()
                    .filter(exchange -> !exchange.instance().process.isKilled())
                    .count();
        }

        int mostInFlight() {
            return mostInFlight;
        }

        /** When the balance of this amount was sent. */
        Duration repliedAt(BigDecimal amount) {
            return repliedAt.get(amount.intValueExact() - 1);
        }

        private Mono<Balance> request(Instance instance) {
            return Mono.create(sink -> {
                Reply reply = replies.get();
                Exchange exchange = new Exchange(instance, now());
                exchanges.add(exchange);
                event(instance, "sends request", exchanges.size(), reply);
                inFlight.add(exchange);
                mostInFlight = Math.max(mostInFlight, inFlight());
                sink.onCancel(() -> inFlight.remove(exchange));
                SimulatedProcess.after(time, reply.latency(), () -> {
                    if (inFlight.remove(exchange)) {
                        repliedAt.add(now());
                        BigDecimal amount = amounts == null ? BigDecimal.valueOf(repliedAt.size()) : amounts.get();
                        instance.process.run(() -> instance.receive(sink, reply, amount));
                    }
                });
            });
        }
    }

    /** A process with a client and a feed. */
    final class Instance {
        final SimulatedProcess process = new SimulatedProcess(time);
        final Duration interval;
        final MemoryFleet fleet;
        final BalanceClient upstream;
        final RedisBalanceClient client;
        final List<Balance> shown = new ArrayList<>();
        private final Clock clock;
        private @Nullable BalanceFeed feed;

        private final int number = ++started;

        private Instance(Duration interval) {
            this.interval = interval;
            // No two hosts agree on the time.
            this.clock = new HostClock(Duration.ofMinutes(7L * instances.size()));
            this.fleet = new MemoryFleet(store, Pauses.of(interval), clock, process);
            this.upstream = new Upstream(this);
            this.client = new RedisBalanceClient(
                    upstream,
                    fleet,
                    interval,
                    Duration.ofSeconds(1),
                    () -> process,
                    Schedulers::immediate,
                    () -> time.now(TimeUnit.NANOSECONDS));
        }

        private void receive(MonoSink<Balance> sink, Reply reply, BigDecimal amount) {
            if (reply.failure() == null) {
                sink.success(new Balance(amount, Balance.CREDITS, clock.instant()));
            } else {
                sink.error(reply.failure());
            }
        }

        @Override
        public String toString() {
            return "#" + number;
        }

        Instance startFeed() {
            return startFeed(interval);
        }

        Instance startFeed(Duration feedInterval) {
            BalanceFeed started = BalanceFeed.builder(client)
                    .interval(feedInterval)
                    .scheduler(process)
                    .deliverOn(process)
                    .clock(clock)
                    .build();
            feed = started;
            started.balances().subscribe(shown::add);
            advance(Duration.ZERO);
            return this;
        }

        BalanceFeed feed() {
            BalanceFeed started = feed;
            if (started == null) {
                throw new IllegalStateException("no feed");
            }
            return started;
        }

        /** The balance that the feed shows as fresh. */
        Optional<Balance> fresh() {
            return feed().latest().filter(Fresh.class::isInstance).map(signal -> ((Fresh) signal).balance());
        }

        /** By the time of the gateway's reply, of the balance that the feed shows as fresh. */
        Optional<Duration> freshAge() {
            return fresh().map(balance -> now().minus(gateway.repliedAt(balance.amount())));
        }

        /** By the clock of its host. */
        Instant time() {
            return clock.instant();
        }

        Duration age(Balance balance) {
            return Duration.between(balance.retrievedAt(), clock.instant());
        }

        /** A call, whose tasks that are due at once have run. */
        TestSubscriber<Balance> call() {
            TestSubscriber<Balance> call = TestSubscriber.create();
            client.balance().subscribe(call);
            advance(Duration.ZERO);
            return call;
        }

        long commands(String name) {
            return fleet.commands().stream().filter(name::equals).count();
        }
    }

    /** Of one instance. */
    private final class Upstream implements BalanceClient {
        private final Instance instance;

        Upstream(Instance instance) {
            this.instance = instance;
        }

        @Override
        public Mono<Balance> balance() {
            return gateway.request(instance);
        }

        @Override
        public Flux<Balance> poll(Duration interval) {
            throw new UnsupportedOperationException("Only balance() is used");
        }

        @Override
        public void close() {
            throw new UnsupportedOperationException("It belongs to the application");
        }
    }
}
