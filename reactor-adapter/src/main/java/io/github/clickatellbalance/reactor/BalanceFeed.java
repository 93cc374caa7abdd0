package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BalanceSignal.Fresh;
import io.github.clickatellbalance.BalanceSignal.Stale;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.TransportException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.FluxSink.OverflowStrategy;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Shares the polls of an account's balance among any number of subscribers. Thread-safe; one for each account, for as
 * long as the application runs.
 *
 * <pre>{@code
 * BalanceFeed feed = BalanceFeed.of(client, Duration.ofMinutes(1));
 * Flux<String> page = feed.signals()
 *         .map(signal -> signal instanceof BalanceSignal.Fresh fresh
 *                 ? fresh.balance().amount() + " left"
 *                 : "not known at the moment");
 * }</pre>
 *
 * <p>It polls from {@link #start()} or its first subscription, at once, until {@link #close()}, with or without
 * subscribers and whatever their demand; one poll is in flight at most. Each subscriber is <em>conflated</em>: it gets
 * the latest state when it is ready for one, and misses those in between. One that stalls or blocks costs the others
 * nothing, within the bound of {@link Builder#deliverOn}.
 *
 * <p>No failed poll ends a stream. {@link #balances()} has nothing new until a poll succeeds, but a new subscriber gets
 * the last known balance: see {@link Balance#retrievedAt()}. {@link #signals()} has, after each failed poll:
 * <ul>
 * <li>in an outage, malformed replies and redirects included: {@code Stale}. The pause doubles with each failure in a
 *     row, from the interval up to five minutes or the interval, whichever is longer.
 * <li>after a failure that a person must act on, listed at {@link BalanceClient#poll}, and then until a poll succeeds:
 *     {@code Rejected}. The pause doubles from five minutes up to an hour; from or up to the interval, if that is longer.
 * </ul>
 * If the server requests a longer pause, it gets it up to the same ceilings. A poll is overdue when it is in flight for
 * longer than the interval, and at least a second: {@code Stale}, and {@code Fresh} when it succeeds after all.
 *
 * <p>Each change of state is logged once, under the name of this class: WARN with the reason when the balance becomes stale
 * or rejected, INFO when it is fresh again.
 */
public final class BalanceFeed implements AutoCloseable {
    private static final Logger LOG = Loggers.getLogger(BalanceFeed.class);
    /** The key in the Reactor context, documented at {@link #builder}. */
    private static final String NEXT_POLL = "io.github.clickatellbalance.nextPoll";

    /** The limits of a pause that the client sets: no loop without a pause, no overflow of a timer. */
    private static final Duration MIN_PAUSE = Duration.ofMillis(1);

    private static final Duration MAX_PAUSE = Duration.ofDays(365);
    private static final Duration MIN_OVERDUE = Duration.ofSeconds(1);
    /** A client that keeps its promises completes long before; one that never does must not stop the feed. */
    private static final Duration MIN_POLL_TIMEOUT = Duration.ofMinutes(5);

    private final BalanceClient client;
    private final Duration interval;
    private final Duration overdueAfter;
    private final Duration pollTimeout;
    private final Clock clock;
    private final Supplier<Scheduler> timers;
    private final Scheduler delivery;

    private final Set<FluxSink<FeedState>> subscribers = ConcurrentHashMap.newKeySet();
    private final CloseSignal closing = new CloseSignal();
    private final AtomicBoolean isStarted = new AtomicBoolean();

    // Written only by the poll loop.
    private volatile FeedState state;
    private volatile @Nullable Throwable broken;
    private boolean isInFlight;
    /** When the next poll is due by System.nanoTime(), if the client says so. Each poll has its own: a late call changes no other. */
    private volatile AtomicReference<@Nullable Long> nextPoll = new AtomicReference<>();

    private Class<?> logged = Fresh.class;

    private volatile @Nullable Instant closedAt;

    private BalanceFeed(Builder builder) {
        this.client = builder.client;
        this.interval = builder.interval;
        this.overdueAfter = Backoff.max(builder.interval, MIN_OVERDUE);
        this.pollTimeout = Backoff.max(builder.interval, MIN_POLL_TIMEOUT);
        this.clock = builder.clock;
        this.timers = builder.timers;
        this.delivery = builder.delivery;
        this.state = FeedState.initial(builder.interval);
    }

    /** A feed with this {@link Builder#interval} and every other setting at its default, not started yet. */
    public static BalanceFeed of(BalanceClient client, Duration interval) {
        return builder(client).interval(interval).build();
    }

    /**
     * Starts to build a feed with every default set.
     *
     * @param client only its {@link BalanceClient#balance()} is used. It may say when the next poll is due: to a {@link
     *     LongConsumer} of {@link System#nanoTime()} in the Reactor context, under the key {@code
     *     "io.github.clickatellbalance.nextPoll"}; the pause ends then. If it throws, is empty, fails with another
     *     exception than a {@link ClickatellException}, or does not complete within five minutes or the interval,
     *     whichever is longer, this counts as a transient failure
     */
    public static Builder builder(BalanceClient client) {
        return new Builder(Objects.requireNonNull(client, "client"));
    }

    /** Starts to poll, if it has not started yet; after {@link #close()} it does nothing. Does not block. */
    public void start() {
        if (!closing.isClosed() && isStarted.compareAndSet(false, true)) {
            polls(timers.get()).subscribe(this::publish, this::stop);
        }
    }

    /**
     * The balances, without the failures: the current one at once, if there is one, then each new one. The first
     * subscription starts the feed. Values are delivered on {@link Builder#deliverOn}'s threads, on which a subscriber
     * may block. Completes when the feed or its client is closed. Fails only if a scheduler accepts no more tasks, with a
     * {@link ClickatellException}.
     */
    public Flux<Balance> balances() {
        return conflated(FeedState::fresh).map(Fresh::balance);
    }

    /**
     * The balances and the failures, both as values: the current signal at once, if there is one, then each new one.
     * Starts, is delivered and ends as {@link #balances()}.
     */
    public Flux<BalanceSignal> signals() {
        return conflated(FeedState::signal);
    }

    /**
     * The current signal, without I/O: for a health check or a gauge. Empty before the end of the first poll, and before
     * it is overdue. Not {@code Fresh} after {@link #close()}. {@link BalanceSignal#age} has its age.
     */
    public Optional<BalanceSignal> latest() {
        BalanceSignal signal = state.signal();
        Instant closed = closedAt;
        return Optional.ofNullable(
                signal instanceof Fresh fresh && closed != null
                        ? new Stale(fresh.balance(), closed, new TransportException("This feed is closed", false, null))
                        : signal);
    }

    /** {@return the pause between two polls, as in} {@link Builder#interval} */
    public Duration interval() {
        return interval;
    }

    /** {@return the number of current subscribers of {@link #balances()} and {@link #signals()}} */
    public int subscribers() {
        return subscribers.size();
    }

    /** An element only means that the state has changed; the state is read when the subscriber is ready for it. */
    private <T> Flux<T> conflated(Function<FeedState, @Nullable T> view) {
        Flux<T> values = Flux.create(this::add, OverflowStrategy.LATEST)
                .publishOn(delivery, 1)
                .mapNotNull(any -> view.apply(state))
                .distinctUntilChanged(Function.identity(), (a, b) -> a == b)
                .takeUntilOther(closing.mono().publishOn(delivery))
                .onErrorMap(Failures::classify) // only of a scheduler that was shut down
                .contextWrite(DroppedErrors.CONTEXT);
        return Flux.defer(() -> closing.isClosed() ? Flux.empty() : values);
    }

    private void add(FluxSink<FeedState> subscriber) {
        subscribers.add(subscriber);
        subscriber.onDispose(() -> subscribers.remove(subscriber));
        subscriber.next(state);
        Throwable failure = broken;
        if (failure != null) {
            subscriber.error(failure);
        }
        start();
    }

    /** One loop for the life of the feed, so that one poll is in flight at most, and a pause follows each. */
    private Flux<FeedState> polls(Scheduler timers) {
        Mono<FeedState> outcome = Flux.defer(client::balance)
                .single() // emits after the completion of the poll, which takeUntil must not cancel
                .timeout(pollTimeout, Mono.error(() -> overdue(pollTimeout)), timers)
                .map(balance -> state.succeeded(balance))
                .onErrorResume(failure -> Mono.fromSupplier(() -> failed(failure)));
        Mono<FeedState> overdue =
                Mono.delay(overdueAfter, timers).map(any -> state.overdue(overdue(overdueAfter), clock.instant()));
        Flux<FeedState> poll = Flux.defer(() -> {
            Sinks.Empty<Void> end = Sinks.empty();
            isInFlight = true;
            AtomicReference<@Nullable Long> due = new AtomicReference<>();
            nextPoll = due;
            // The timer first: if the client throws a fatal error, no outcome follows.
            return Flux.merge(overdue.takeUntilOther(end.asMono()), outcome.doOnTerminate(end::tryEmitEmpty))
                    .contextWrite(context -> context.put(NEXT_POLL, (LongConsumer) due::set));
        });
        Mono<FeedState> pause = Mono.defer(() -> Mono.delay(pause(), timers)).then(Mono.empty());
        return poll.concatWith(pause)
                .repeat()
                .takeUntilOther(closing.mono())
                .subscribeOn(timers)
                // Not the context of the first subscriber: each poll would carry its trace or tenant.
                .contextWrite(any -> DroppedErrors.CONTEXT);
    }

    /** Until the next poll is due, if the client says so. */
    private Duration pause() {
        Long due = nextPoll.get();
        return due == null
                ? state.pause()
                : Backoff.max(MIN_PAUSE, Backoff.min(MAX_PAUSE, Duration.ofNanos(due - System.nanoTime())));
    }

    private static ClickatellException overdue(Duration time) {
        return new TransportException(
                "The poll is overdue: the BalanceClient has not completed within " + time.toMillis() + " ms",
                true,
                null);
    }

    private FeedState failed(Throwable failure) {
        ClickatellException cause = failure instanceof ClickatellException ours
                ? ours
                : new TransportException(
                        "The BalanceClient failed with " + failure.getClass().getName()
                                + ", not with a ClickatellException: see the cause",
                        true,
                        RedactedFailure.of(failure));
        FeedState next = state.failed(cause, clock.instant());
        if (failure instanceof ClientClosedException) {
            publish(next); // close() would end the loop before
            close();
        }
        return next;
    }

    private void publish(FeedState next) {
        if (next.isOverdue() && !isInFlight) { // the timer and the end of the poll came at the same time
            return;
        }
        isInFlight = next.isOverdue();
        boolean wasOverdue = state.isOverdue();
        state = next;
        subscribers.forEach(subscriber -> subscriber.next(next));
        log(next.signal(), wasOverdue);
    }

    /** A success after the poll was overdue is not logged: with each poll overdue, that would be two lines for each poll. */
    private void log(@Nullable BalanceSignal signal, boolean wasOverdue) {
        if (signal == null || signal.getClass() == logged || (signal instanceof Fresh && wasOverdue)) {
            return;
        }
        logged = signal.getClass();
        if (signal instanceof Fresh fresh) {
            LOG.info(
                    "The balance is fresh again: {} {}",
                    fresh.balance().amount(),
                    fresh.balance().unit());
        } else {
            LOG.warn(
                    "The balance is {}: {}",
                    signal instanceof Stale ? "stale" : "rejected",
                    signal.reason().orElse(""));
        }
    }

    /** The timers' scheduler accepts no more tasks: there will be no further poll. */
    private void stop(Throwable failure) {
        publish(state.failed(Failures.classify(failure), clock.instant()));
        broken = failure;
        subscribers.forEach(subscriber -> subscriber.error(failure));
    }

    /**
     * Ends the polls and completes all subscribers, on the threads of their values. Does not block. The client stays open: it
     * belongs to the application. Closing twice has no further effect.
     */
    @Override
    public void close() {
        if (closedAt == null) {
            closedAt = clock.instant();
        }
        closing.close();
    }

    /** The settings of a feed; each has a default. Not thread-safe. */
    public static final class Builder {
        private final BalanceClient client;
        private Duration interval = Duration.ofMinutes(1);
        private Clock clock = Clock.systemUTC();
        // Looked up at the start of the feed: tests in virtual time replace Reactor's own.
        private Supplier<Scheduler> timers = Schedulers::parallel;
        private Scheduler delivery = FeedThreads.SCHEDULER;

        private Builder(BalanceClient client) {
            this.client = client;
        }

        /**
         * The pause between two polls, from the end of one to the start of the next: more than zero, at most 365 days;
         * others are refused with an {@link IllegalArgumentException}. Default: one minute.
         */
        public Builder interval(Duration interval) {
            this.interval = Backoff.checkedInterval(interval);
            return this;
        }

        /**
         * The scheduler of every timer. Polls start on its threads. The feed never disposes of it. Default: {@link
         * Schedulers#parallel()}, looked up when the feed starts.
         */
        public Builder scheduler(Scheduler scheduler) {
            Objects.requireNonNull(scheduler, "scheduler");
            this.timers = () -> scheduler;
            return this;
        }

        /**
         * The scheduler on which subscribers get their values. The feed never disposes of it. In tests in virtual time:
         * {@link Schedulers#immediate()}. Default: up to 64 daemon threads for all feeds of the JVM, which end when idle.
         * Up to 63 subscribers may block at once and delay no other; beyond that deliveries wait, but polls, timers and
         * {@link BalanceFeed#latest()} do not. The application's own schedulers keep all their threads.
         */
        public Builder deliverOn(Scheduler scheduler) {
            this.delivery = Objects.requireNonNull(scheduler, "scheduler");
            return this;
        }

        /** The clock for {@code since} in signals; never used for timers. Default: the system's. */
        public Builder clock(Clock clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /** {@return the feed, not started yet} */
        public BalanceFeed build() {
            return new BalanceFeed(this);
        }
    }
}
