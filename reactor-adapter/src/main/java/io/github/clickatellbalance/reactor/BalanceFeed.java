package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.TransportException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * One watch of an account's balance for any number of subscribers. Thread-safe; one for each account, for as long as the
 * application runs.
 *
 * <pre>{@code
 * BalanceFeed feed = BalanceFeed.of(client, Duration.ofMinutes(1));
 * Flux<String> page = feed.signals()
 *         .map(signal -> signal instanceof BalanceSignal.Fresh fresh
 *                 ? fresh.balance().amount() + " left"
 *                 : "not known at the moment");
 * }</pre>
 *
 * <p>It polls while somebody is subscribed, and for a {@linkplain Builder#linger linger} after the last one has left:
 * one exchange at a time, and never more than one in an interval, whatever subscribers do. Demand does not matter to it:
 * each subscriber is <em>conflated</em>, that is, gets the latest state whenever it is ready for one, and misses those in
 * between; one that stalls or blocks costs the others nothing.
 *
 * <table>
 * <caption>What a subscriber sees</caption>
 * <tr><th>situation</th><th>{@link #balances()}</th><th>{@link #signals()}</th></tr>
 * <tr><td>first</td><td>a balance after the first poll, which starts at once</td><td>the same, as {@code Fresh}</td></tr>
 * <tr><td>late</td><td>the current balance at once, then each new one</td><td>the current signal at once, then each new
 * one</td></tr>
 * <tr><td>slow</td><td>the latest balance whenever it asks</td><td>the latest signal whenever it asks</td></tr>
 * <tr><td>blocked</td><td>nothing until its thread is free, then the latest balance; others get theirs</td><td>the same
 * </td></tr>
 * <tr><td>outage</td><td>nothing new; the stream lives on</td><td>{@code Stale} with each failed poll</td></tr>
 * <tr><td>late, in an outage</td><td>the last known balance at once: see {@link Balance#retrievedAt()}</td><td>{@code
 * Stale} with it at once</td></tr>
 * <tr><td>rejected</td><td>nothing new; the stream lives on</td><td>{@code Rejected} with each failed poll</td></tr>
 * <tr><td>first after a pause of polling</td><td>nothing old: the next balance that arrives</td><td>{@code Stale} at once
 * (with a {@link FeedPausedException}, if all was well before), or still {@code Rejected}; then what the next poll gives</td></tr>
 * <tr><td>closed</td><td>completion</td><td>completion</td></tr>
 * </table>
 *
 * <p>After a transient failure the pause doubles with each one in a row, from the interval up to five minutes or the
 * interval, whichever is longer; after a permanent one from five minutes up to an hour, until a poll succeeds. Where the
 * server asks for a longer pause, it gets it within these ceilings.
 */
public final class BalanceFeed implements AutoCloseable {
    /** A client that keeps its promises is done long before; one that hangs must not freeze the feed. */
    private static final Duration LEAST_PATIENCE = Duration.ofMinutes(5);

    private final BalanceClient client;
    private final Duration longestPoll;
    private final Duration linger;
    private final Clock clock;
    private final Supplier<Scheduler> timers;
    private final Scheduler delivery;

    private final Sinks.Many<FeedState> news = Sinks.many().replay().latest();
    private final Sinks.Empty<Void> closing = Sinks.empty();
    private final Disposable.Swap leaving = Disposables.swap();

    // Who watches; guarded by this. What is emitted under the lock changes threads before it meets anybody else's code.
    private final Sinks.Many<Boolean> watched = Sinks.many().replay().latestOrDefault(false);
    private int subscribers;
    private boolean isStarted;
    private boolean isWatched;

    /** Written by the one loop of polls alone. */
    private volatile FeedState state;

    private volatile @Nullable Instant closedAt;

    private BalanceFeed(Builder builder) {
        this.client = builder.client;
        this.longestPoll = Durations.max(builder.interval, LEAST_PATIENCE);
        this.linger = builder.linger;
        this.clock = builder.clock;
        this.timers = builder.timers;
        this.delivery = Schedulers.fromExecutor(new DeliveryQueue(builder.delivery));
        this.state = FeedState.unknown(builder.interval);
    }

    /**
     * A feed with every other setting at its default.
     *
     * @param client whom to ask; nothing but its {@link BalanceClient#balance()} is used
     * @param interval see {@link Builder#interval}
     * @return the feed, which does nothing before somebody subscribes
     */
    public static BalanceFeed of(BalanceClient client, Duration interval) {
        return builder(client).interval(interval).build();
    }

    /**
     * Starts to build a feed.
     *
     * @param client whom to ask; nothing but its {@link BalanceClient#balance()} is used. One that throws, is empty or fails
     *     with what is no {@link ClickatellException} is taken for a transient failure; one that has not answered within
     *     five minutes or the interval, whichever is longer, is given up for this time
     * @return a builder with every default set
     */
    public static Builder builder(BalanceClient client) {
        return new Builder(Objects.requireNonNull(client, "client"));
    }

    /**
     * The balances, for those who need not know of failures. Delivered on {@link Builder#deliverOn}'s threads, on which a
     * subscriber may block.
     *
     * @return the current balance at once, if there is one, then each new one; no failure of a poll ends it. Completes when
     *     the feed or its client is closed. Fails only, with a {@link ClickatellException}, if one of its schedulers takes
     *     no more tasks
     */
    public Flux<Balance> balances() {
        return conflated(FeedState::current).map(BalanceSignal.Fresh::balance);
    }

    /**
     * The balances and the failures, both as values. Delivered on {@link Builder#deliverOn}'s threads, on which a subscriber
     * may block.
     *
     * @return the current signal at once, if there is one, then the outcome of each poll. Ends as {@link #balances()} does
     */
    public Flux<BalanceSignal> signals() {
        return conflated(FeedState::signal);
    }

    /**
     * What is known now, without asking anybody: for a health check or a gauge. {@link BalanceSignal#age} tells how old it
     * is. While nobody watches, a balance is fresh for an interval and stale from then on.
     *
     * @return the current signal; empty before the end of the first poll
     */
    public Optional<BalanceSignal> latest() {
        FeedState now = state;
        Instant closed = closedAt;
        return Optional.ofNullable((closed == null ? now : now.paused(closed)).signal());
    }

    /** {@return how many are subscribed now, to {@link #balances()} or {@link #signals()}} */
    public synchronized int subscribers() {
        return subscribers;
    }

    /**
     * All that travels to a subscriber is that there is news; what it is gets looked up when the subscriber is ready. So
     * what waits for a slow one, in {@code publishOn}, is never an old value.
     */
    private <T> Flux<T> conflated(Function<FeedState, @Nullable T> view) {
        Flux<T> values = Flux.using(this::arrive, feed -> news.asFlux(), BalanceFeed::leave)
                .onBackpressureLatest()
                .publishOn(delivery, 1)
                .mapNotNull(any -> view.apply(state))
                .distinctUntilChanged(Function.identity(), (one, other) -> one == other)
                .takeUntilOther(closing.asMono().publishOn(delivery))
                .onErrorMap(Failures::classify) // of a scheduler that was shut down; there are no others
                .contextWrite(LateFailures.CONTEXT);
        return Flux.defer(() -> closedAt == null ? values : Flux.empty());
    }

    private synchronized BalanceFeed arrive() {
        subscribers++;
        leaving.update(Disposables.disposed());
        watch(true);
        if (!isStarted) {
            isStarted = true;
            polls(timers.get()).subscribe(any -> {}, news::tryEmitError);
        }
        return this;
    }

    private synchronized void leave() {
        subscribers--;
        if (subscribers > 0 || closedAt != null) {
            return;
        }
        try {
            leaving.update(timers.get().schedule(this::lingered, linger.toNanos(), TimeUnit.NANOSECONDS));
        } catch (RejectedExecutionException e) { // a scheduler that was shut down: then nothing lingers
            watch(false);
        }
    }

    private synchronized void lingered() {
        if (subscribers == 0) {
            watch(false);
        }
    }

    private void watch(boolean isNowWatched) {
        if (isWatched != isNowWatched) {
            isWatched = isNowWatched;
            watched.tryEmitNext(isNowWatched);
        }
    }

    /** One loop for as long as the feed lives, so that one exchange is in flight at most, and a pause follows each. */
    private Flux<Long> polls(Scheduler timers) {
        Flux<Boolean> watching = watched.asFlux().publishOn(timers, 1);
        Mono<Boolean> arrival = watching.doOnNext(this::ageUnless)
                .filter(isWatched -> isWatched)
                .next();
        Mono<Boolean> departure = watching.filter(isWatched -> !isWatched).next();
        Mono<FeedState> poll = Mono.defer(client::balance)
                .single()
                .timeout(longestPoll, Mono.error(this::pollOverdue), timers)
                .map(balance -> state.succeeded(balance))
                .onErrorResume(failure -> Mono.fromSupplier(() -> failed(failure)))
                .takeUntilOther(departure)
                .switchIfEmpty(Mono.fromSupplier(() -> state.paused(clock.instant())))
                .doOnNext(this::publish);
        Mono<Long> pause = Mono.defer(() -> Mono.delay(state.pause(), timers));
        return arrival.then(poll)
                .then(pause)
                .repeat()
                .takeUntilOther(closing.asMono())
                // Nothing of the first subscriber's, whose trace or tenant would be in every poll from then on.
                .contextWrite(any -> LateFailures.CONTEXT);
    }

    /** A poll is due: what is known grows old if there is none. */
    private void ageUnless(boolean isWatched) {
        if (!isWatched) {
            publish(state.paused(clock.instant()));
        }
    }

    private ClickatellException pollOverdue() {
        return new TransportException(
                "The BalanceClient gave neither a balance nor a failure within " + longestPoll, true, null);
    }

    private FeedState failed(Throwable failure) {
        if (failure instanceof ClientClosedException) {
            close();
        }
        ClickatellException cause = failure instanceof ClickatellException ours
                ? ours
                : new TransportException(
                        "The BalanceClient gave neither a balance nor a ClickatellException, but "
                                + failure.getClass().getName() + ": see the cause",
                        true,
                        UnknownFailure.of(failure));
        return state.failed(cause, clock.instant());
    }

    private void publish(FeedState next) {
        state = next;
        news.tryEmitNext(next);
    }

    /** Ends the polls and completes all subscribers, on the threads of their values; does not block. The client stays open. Closing twice does nothing more. */
    @Override
    public void close() {
        if (closedAt == null) {
            closedAt = clock.instant();
        }
        closing.tryEmitEmpty();
        leaving.dispose();
    }

    /** What a feed may be told; each setting has a default. Not thread-safe. */
    public static final class Builder {
        private final BalanceClient client;
        private Duration interval = Duration.ofMinutes(1);
        private Duration linger = Duration.ofSeconds(30);
        private Clock clock = Clock.systemUTC();
        // Looked up when they are needed: Reactor's own can be replaced under way, as tests in virtual time do.
        private Supplier<Scheduler> timers = Schedulers::parallel;
        private Supplier<Scheduler> delivery = Schedulers::boundedElastic;

        private Builder(BalanceClient client) {
            this.client = client;
        }

        /**
         * The pause between two polls, from the end of the one to the start of the next. Default: one minute.
         *
         * @param interval more than zero, at most 365 days
         * @return this
         * @throws IllegalArgumentException if it is anything else
         */
        public Builder interval(Duration interval) {
            this.interval = Durations.checked("interval", interval, Duration.ofNanos(1), Duration.ofDays(365));
            return this;
        }

        /**
         * How long polling goes on after the last subscriber has left, for the next one to find a fresh balance. Default:
         * 30 seconds. A poll in flight at its end is cancelled.
         *
         * @param linger zero or more, at most 365 days
         * @return this
         * @throws IllegalArgumentException if it is anything else
         */
        public Builder linger(Duration linger) {
            this.linger = Durations.checked("linger", linger, Duration.ZERO, Duration.ofDays(365));
            return this;
        }

        /**
         * Runs every timer. Polls start on its threads. Default: {@link Schedulers#parallel()}, looked up at the first
         * subscription.
         *
         * @param scheduler the scheduler; never disposed of by the feed
         * @return this
         */
        public Builder scheduler(Scheduler scheduler) {
            Objects.requireNonNull(scheduler, "scheduler");
            this.timers = () -> scheduler;
            return this;
        }

        /**
         * Where subscribers get their values. Half as many of its threads as {@link
         * Schedulers#DEFAULT_BOUNDED_ELASTIC_SIZE} (five for each CPU) are used at once, from one queue: so many subscribers
         * less one may block at the same time, and hold back no other. Default: {@link Schedulers#boundedElastic()}.
         *
         * @param scheduler the scheduler; never disposed of by the feed
         * @return this
         */
        public Builder deliverOn(Scheduler scheduler) {
            Objects.requireNonNull(scheduler, "scheduler");
            this.delivery = () -> scheduler;
            return this;
        }

        /**
         * Tells since when signals are what they are; never used for timers. Default: the system's.
         *
         * @param clock the clock
         * @return this
         */
        public Builder clock(Clock clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /** {@return the feed; it does nothing before somebody subscribes} */
        public BalanceFeed build() {
            return new BalanceFeed(this);
        }
    }
}
