package io.github.clickatellbalance.reactor.redis;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.ClientClosedException;
import io.github.clickatellbalance.reactor.redis.Fleet.Permit;
import io.lettuce.core.api.reactive.RedisScriptingReactiveCommands;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * One poll for all instances of an application with the same account, on Redis. {@link #balance()} is the balance that any of them has
 * received, no older than the interval; a {@link BalanceFeed} on this client works as on any other.
 *
 * <pre>{@code
 * RedisBalanceClient shared = RedisBalanceClient.builder(client, connection.reactive())
 *         .account("acct-blue")
 *         .interval(Duration.ofMinutes(1))
 *         .build();
 * BalanceFeed feed = BalanceFeed.of(shared, Duration.ofMinutes(1));
 * }</pre>
 *
 * <p>There is no leader. The first call after a poll is due claims that one poll, sends the request, and publishes the outcome; other calls
 * wait for it. Failures are shared like balances, and so are the pauses after them.
 *
 * <table>
 * <caption>What happens when</caption>
 * <tr><th>event<th>outcome
 * <tr><td>the last outcome is not older than the interval, or than the pause after a failure<td>no request; the outcome, with a time that is
 *     right by the clock of this instance
 * <tr><td>a poll takes long<td>its claim is extended each second: no second request, however long it takes
 * <tr><td>the polling instance dies<td>another one polls, after 4 s at most
 * <tr><td>its call is cancelled, or it is closed<td>another one polls at once
 * <tr><td>it was stopped, and continues<td>it publishes nothing, and gets the newer outcome
 * <tr><td>the gateway fails<td>all instances get the same failure (class, code or status), and pause as one: up to five minutes
 * <tr><td>the credentials are refused<td>the same, with pauses from five minutes to an hour. An instance that was started after the refusal
 *     tries once by itself, since its credentials may be new
 * <tr><td>Redis fails, refuses, or takes longer than the {@linkplain Builder#redisTimeout limit}<td>each call polls by itself; a feed does so
 *     at the interval and up to a tenth more. Each change between the two is logged
 * <tr><td>Redis replies again, even without data<td>one poll for all; a probe each second finds that out, but a connection that is lost
 *     must first be restored by Lettuce, whose delay can be bounded by {@code ClientResources}
 * <tr><td>the outcome cannot be published<td>the caller gets it nevertheless
 * </table>
 *
 * <p>A feed polls when the next poll is due by Redis, not by its own interval, so that all instances show the same balance at nearly the same
 * time. With a longer interval of its own it only reports overdue polls later. {@link #poll} has its own interval, and gets what Redis
 * has if that is shorter.
 *
 * <p>In Redis are, under keys that begin with <code>clickatell:{alias}:</code>, the last 512 outcomes with their times, the claim, and the state
 * of alerts: no secret, URL or host name. The user needs {@code +eval +time +get +set +del +pttl +pexpire +xadd +xrevrange +hget +hset +hdel}
 * on {@code ~clickatell:*}.
 */
public final class RedisBalanceClient implements BalanceClient {
    private static final Duration RENEWAL = Duration.ofSeconds(1);
    /** Redis counts whole milliseconds, and timers may be early. */
    private static final Duration MARGIN = Duration.ofMillis(5);
    /** Of the interval, so that instances without Redis do not poll at the same moment. */
    private static final double JITTER = 0.1;

    private final BalanceClient upstream;
    private final Fleet fleet;
    private final Availability redis;
    private final Duration interval;
    private final Pauses pauses;
    private final Duration redisTimeout;
    private final Supplier<Scheduler> timers;
    private final Supplier<Scheduler> alertDelivery;
    private final String instance = UUID.randomUUID().toString();
    private final LongSupplier nanoTime;
    private final AtomicLong attempts = new AtomicLong();
    private final AtomicLong polls = new AtomicLong();
    private final AtomicLong taken = new AtomicLong();
    private final AtomicBoolean mayTryRejected = new AtomicBoolean(true);
    private final AtomicReference<@Nullable Shown> newest = new AtomicReference<>();
    /** A rejection that Redis has from before may be outdated: at the start, and after a balance without Redis. */
    private volatile long doubtsBefore;

    private final AtomicInteger failuresAlone = new AtomicInteger();
    private volatile @Nullable Failed failedAlone;

    private final Sinks.Empty<Void> closing = Sinks.empty();
    private final Mono<Balance> balance;

    private record Shown(Outcome outcome, long at) {}

    /** A poll without Redis, and until when there is no other. */
    private record Failed(Outcome outcome, long until) {}

    /**
     * Starts to build a client.
     *
     * @param upstream sends the requests to the gateway
     * @param redis the commands of a connection to a Redis of version 6.2 or later: {@code connection.reactive()} of a standalone server,
     *     Sentinel or Cluster
     */
    public static Builder builder(BalanceClient upstream, RedisScriptingReactiveCommands<String, String> redis) {
        return new Builder(Objects.requireNonNull(upstream, "upstream"), Objects.requireNonNull(redis, "redis"));
    }

    RedisBalanceClient(
            BalanceClient upstream,
            Fleet fleet,
            Duration interval,
            Duration redisTimeout,
            Supplier<Scheduler> timers,
            Supplier<Scheduler> alertDelivery,
            LongSupplier nanoTime) {
        this.upstream = upstream;
        this.fleet = fleet;
        this.interval = interval;
        this.pauses = Pauses.of(interval);
        this.redisTimeout = redisTimeout;
        this.timers = timers;
        this.alertDelivery = alertDelivery;
        this.nanoTime = nanoTime;
        this.doubtsBefore = nanoTime.getAsLong();
        this.redis = new Availability(redisTimeout, timers, nanoTime, fleet.probe(instance), closing.asMono());
        this.balance = Mono.deferContextual(context -> outcome(Due.of(context)))
                .takeUntilOther(closing.asMono())
                .switchIfEmpty(Mono.error(ClientClosedException::new))
                .flatMap(Outcome::toMono)
                .onErrorMap(failure -> failure instanceof ClickatellException ? failure : unforeseen(failure));
    }

    @Override
    public Mono<Balance> balance() {
        return balance;
    }

    private Mono<Outcome> outcome(Due due) {
        return redis.isAway() ? alone(due) : shared(due).onErrorResume(Fleet.Unavailable.class, failure -> alone(due));
    }

    /** Each subscription to the permit is another attempt, until there is an outcome. */
    private Mono<Outcome> shared(Due due) {
        Waiting waiting = new Waiting();
        AtomicBoolean hasLostClaim = new AtomicBoolean();
        return Mono.defer(() -> attempt(due, waiting, hasLostClaim)).repeat().next();
    }

    private String token() {
        return instance + ":" + attempts.incrementAndGet();
    }

    private Mono<Outcome> attempt(Due due, Waiting waiting, AtomicBoolean hasLostClaim) {
        String token = token();
        long sentAt = nanoTime.getAsLong();
        AtomicBoolean hasReply = new AtomicBoolean();
        return acquire(token, hasReply).flatMap(permit -> {
            hasReply.set(true);
            if (nanoTime.getAsLong() - sentAt > redisTimeout.toNanos()) { // this process was stopped in between
                release(token);
                return Mono.empty();
            }
            if (permit instanceof Permit.Known known) {
                taken.incrementAndGet();
                dueIn(known.dueIn(), due);
                return Mono.just(newest(known.outcome(), known.age()));
            }
            return permit instanceof Permit.Wait wait
                    ? Mono.delay(waiting.pause(wait), timers.get()).then(Mono.empty())
                    : poll(token, due, hasLostClaim);
        });
    }

    /** Its reply may be lost, or come after the time limit: what it has claimed is released behind it. */
    private Mono<Permit> acquire(String token, AtomicBoolean hasReply) {
        Duration age = mayTryRejected.get() ? Duration.ofNanos(nanoTime.getAsLong() - doubtsBefore) : null;
        Runnable release = () -> {
            if (!hasReply.get()) { // operators cancel also after a reply
                release(token);
            }
        };
        return redis.watched(fleet.acquire(token, age).doOnCancel(release).doOnError(failure -> release.run()));
    }

    private Mono<Outcome> poll(String token, Due due, AtomicBoolean hasLostClaim) {
        mayTryRejected.set(false);
        return Mono.usingWhen(
                Mono.just(token),
                claim -> Mono.firstWithSignal(
                        ask().flatMap(outcome -> publish(claim, outcome, due, hasLostClaim)), renewals(claim)),
                claim -> Mono.empty(),
                (claim, failure) -> Mono.fromRunnable(() -> release(claim)),
                claim -> Mono.fromRunnable(() -> release(claim)));
    }

    /** Until cancelled. A renewal that fails is not repeated: the next one follows. */
    private Mono<Outcome> renewals(String token) {
        return Flux.interval(RENEWAL, timers.get())
                .onBackpressureDrop()
                .concatMap(tick -> redis.watched(fleet.renew(token)).onErrorComplete(), 1)
                .then(Mono.never());
    }

    private Mono<Outcome> ask() {
        return Mono.defer(upstream::balance)
                .single()
                .doOnSubscribe(any -> polls.incrementAndGet())
                .map(Outcome::of)
                .onErrorMap(failure -> failure instanceof ClickatellException ? failure : unexpected(failure))
                // That this instance ends is nothing that others need to know.
                .onErrorResume(
                        ClickatellException.class,
                        failure -> failure instanceof ClientClosedException
                                ? Mono.error(failure)
                                : Mono.just(Outcome.of(failure)));
    }

    private static ClickatellException unforeseen(Throwable failure) {
        return new TransportException(
                "The call failed with " + failure.getClass().getName()
                        + ": check whether the scheduler of this client was shut down",
                false,
                null);
    }

    private static ClickatellException unexpected(Throwable failure) {
        return new TransportException(
                "The upstream BalanceClient failed with " + failure.getClass().getName()
                        + ", not with a ClickatellException",
                true,
                null);
    }

    /** Empty if the claim was lost, or this process was stopped meanwhile: then others may have a newer outcome. */
    private Mono<Outcome> publish(String token, Outcome outcome, Due due, AtomicBoolean hasLostClaim) {
        long receivedAt = nanoTime.getAsLong();
        return Mono.defer(() -> redis.watched(
                        fleet.publish(token, outcome, Duration.ofNanos(nanoTime.getAsLong() - receivedAt))))
                .filter(pause -> !wasStoppedSince(receivedAt))
                .doOnNext(pause -> dueIn(pause, due))
                .map(pause -> newest(outcome, Duration.ZERO))
                // Not a third time in one call: where claims do not survive, that would be a loop of requests.
                .switchIfEmpty(Mono.defer(() -> wasStoppedSince(receivedAt) || hasLostClaim.compareAndSet(false, true)
                        ? Mono.empty()
                        : unpublished(outcome, due)))
                .onErrorResume(Fleet.Unavailable.class, failure -> {
                    release(token); // nobody should wait until it expires
                    return wasStoppedSince(receivedAt) ? Mono.empty() : unpublished(outcome, due);
                });
    }

    private Mono<Outcome> unpublished(Outcome outcome, Due due) {
        shownAlone(outcome, due);
        return Mono.just(outcome);
    }

    /** A command takes no longer than its limit. */
    private boolean wasStoppedSince(long time) {
        return nanoTime.getAsLong() - time > 2 * redisTimeout.toNanos();
    }

    /**
     * What Redis has may be older than what this instance has shown: from a poll without Redis, or before a failover. Then the latter
     * is shown again, as long as it is a balance and no older than the interval.
     */
    private Outcome newest(Outcome outcome, Duration age) {
        long now = nanoTime.getAsLong();
        Shown shown = newest.get();
        long at = now - age.toNanos();
        if (shown != null && shown.at - at > 0 && now - shown.at < interval.toNanos()) {
            return shown.outcome;
        }
        if (outcome.balance() != null) {
            newest.set(new Shown(outcome, at));
        }
        return outcome;
    }

    /** A failure has the pause that a fleet would have. */
    private Mono<Outcome> alone(Due due) {
        Failed last = failedAlone;
        long left = last == null ? 0 : last.until - nanoTime.getAsLong();
        if (last != null && left > 0) {
            dueIn(Duration.ofNanos(left), due);
            return Mono.just(last.outcome);
        }
        return ask().doOnNext(outcome -> shownAlone(outcome, due));
    }

    private void shownAlone(Outcome outcome, Due due) {
        double jitter = 1 + ThreadLocalRandom.current().nextDouble(JITTER);
        if (outcome.balance() == null) {
            int failures = failuresAlone.incrementAndGet();
            Duration pause =
                    Duration.ofNanos((long) (pauses.after(failures, outcome).toNanos() * jitter));
            failedAlone = new Failed(outcome, nanoTime.getAsLong() + pause.toNanos());
            dueIn(pause, due);
        } else {
            failuresAlone.set(0);
            failedAlone = null;
            newest(outcome, Duration.ZERO);
            doubtsBefore = nanoTime.getAsLong();
            mayTryRejected.set(true);
            due.in(Duration.ofNanos((long) (interval.toNanos() * jitter)));
        }
    }

    /** A long pause after a failure ends early if another instance has a balance: each interval shows it. */
    private void dueIn(Duration pause, Due due) {
        due.in((pause.compareTo(interval) < 0 ? pause : interval).plus(MARGIN));
    }

    @Override
    public Flux<Balance> poll(Duration interval) {
        return BalanceClient.super.poll(interval).takeUntilOther(closing.asMono());
    }

    /**
     * The balances that Redis has, oldest first, at most 512; then completes. Empty while Redis does not reply. For a burn rate that is
     * there with the first balance after a restart:
     *
     * <pre>{@code
     * Flux<BurnRate> rates = Flux.concat(shared.recent(), feed.balances()).transform(BurnRates.over(window));
     * }</pre>
     */
    public Flux<Balance> recent() {
        return Flux.defer(() -> redis.isAway()
                        ? Mono.<List<Balance>>empty()
                        : redis.watched(fleet.recent().collectList()).onErrorComplete())
                .flatMapIterable(balances -> balances);
    }

    /** {@return whether balances are shared at the moment; if not, Redis does not reply, and this instance polls by itself} */
    public boolean isShared() {
        return !redis.isAway();
    }

    /** Sent by this instance, each with its retries. */
    long polls() {
        return polls.get();
    }

    /** Outcomes that were in Redis. */
    long taken() {
        return taken.get();
    }

    /** How long Redis has been away in total. */
    Duration awayTime() {
        return redis.awayTime();
    }

    /**
     * Alerts of which each is published by one instance only, while Redis replies, also across restarts. Use it in place of {@code
     * BalanceAlerts.on}:
     *
     * <pre>{@code
     * Flux<BalanceAlert> alerts = feed.balances().transform(shared.alerts(low));
     * }</pre>
     *
     * <p>If an instance dies while its subscriber processes an alert, or the subscriber takes longer than 30 seconds, another
     * instance publishes it again. While Redis does not reply,
     * each instance publishes its own. Two subscriptions in one instance are like two instances. An alert is delivered on a thread of {@link
     * Schedulers#boundedElastic()} or of the balances, never on one of the connection's: the subscriber may block.
     *
     * @param thresholds at least one, with different names; the same in all instances
     * @throws IllegalArgumentException if there is no threshold, or two have the same name
     */
    public Function<Flux<Balance>, Flux<BalanceAlert>> alerts(Threshold... thresholds) {
        Threshold[] copy = thresholds.clone();
        BalanceAlert.tracker(copy); // refuses bad thresholds now, not at the first subscription
        if (Stream.of(copy).map(Threshold::name).distinct().count() < copy.length) {
            throw new IllegalArgumentException("thresholds must have different names, but were: " + List.of(copy));
        }
        return balances -> Flux.defer(() -> {
            FleetAlerts alerts = new FleetAlerts(fleet, redis, token(), alertDelivery.get(), copy);
            return balances.concatMap(alerts::of, 0);
        });
    }

    /**
     * Ends what runs here, and releases a claim. The upstream client and the connection to Redis stay open: they belong to the
     * application. Does not block. Closing twice has no further effect.
     */
    @Override
    public void close() {
        closing.tryEmitEmpty();
    }

    /** Not awaited: the claim expires by itself. */
    private void release(String token) {
        redis.limited(fleet.release(token)).onErrorComplete().subscribe();
    }

    /** The settings; {@link #account} is required. Not thread-safe. */
    public static final class Builder {
        private static final Pattern ALIAS = Pattern.compile("[A-Za-z0-9._-]{1,64}");

        private final BalanceClient upstream;
        private final RedisScriptingReactiveCommands<String, String> redis;
        private @Nullable String alias;
        private Duration interval = Duration.ofMinutes(1);
        private Duration redisTimeout = Duration.ofSeconds(1);
        private Clock clock = Clock.systemUTC();
        private Supplier<Scheduler> timers = Schedulers::parallel;

        private Builder(BalanceClient upstream, RedisScriptingReactiveCommands<String, String> redis) {
            this.upstream = upstream;
            this.redis = redis;
        }

        /**
         * A name for the account, the same in all instances: 1 to 64 letters, digits, dots, underscores and hyphens. It is part of the
         * keys in Redis, so nothing secret. Others are refused with an {@link IllegalArgumentException}.
         */
        public Builder account(String alias) {
            if (!ALIAS.matcher(alias).matches()) {
                throw new IllegalArgumentException(
                        "account must be 1 to 64 letters, digits, dots, underscores or hyphens, but was: " + alias);
            }
            this.alias = alias;
            return this;
        }

        /** How old a balance may be before the next poll: from 100 ms to a day. Default: one minute. */
        public Builder interval(Duration interval) {
            this.interval = checked("interval", interval, Duration.ofMillis(100), Duration.ofDays(1));
            return this;
        }

        /**
         * How long a command may take before this instance polls by itself, whatever the limit of the connection is: from 10 ms to two
         * seconds, since a claim lives for four. Default: one second.
         */
        public Builder redisTimeout(Duration timeout) {
            this.redisTimeout = checked("redisTimeout", timeout, Duration.ofMillis(10), Duration.ofSeconds(2));
            return this;
        }

        /** The clock for {@link Balance#retrievedAt()}; never used for timers. Default: the system's. */
        public Builder clock(Clock clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /** The scheduler of every timer. Default: {@link Schedulers#parallel()}, looked up at each use. */
        public Builder scheduler(Scheduler scheduler) {
            Objects.requireNonNull(scheduler, "scheduler");
            this.timers = () -> scheduler;
            return this;
        }

        private static Duration checked(String name, Duration value, Duration min, Duration max) {
            Objects.requireNonNull(value, name);
            if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
                throw new IllegalArgumentException(
                        name + " must be from " + min + " to " + max + ", but was: " + value);
            }
            return value;
        }

        /**
         * Builds the client; sends nothing.
         *
         * @throws IllegalStateException without an {@link #account}
         */
        public RedisBalanceClient build() {
            if (alias == null) {
                throw new IllegalStateException(
                        "account must be set: a name for the account, the same in all instances");
            }
            return new RedisBalanceClient(
                    upstream,
                    new RedisFleet(redis, alias, Pauses.of(interval), clock),
                    interval,
                    redisTimeout,
                    timers,
                    Schedulers::boundedElastic,
                    System::nanoTime);
        }
    }
}
