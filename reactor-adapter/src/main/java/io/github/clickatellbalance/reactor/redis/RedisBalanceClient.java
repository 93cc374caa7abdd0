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
import io.github.clickatellbalance.reactor.redis.NewestOutcome.Result;
import io.lettuce.core.api.reactive.RedisScriptingReactiveCommands;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
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
 * <tr><td>the polling instance dies<td>another one polls, within 5 s
 * <tr><td>its call is cancelled, or it is closed<td>its claim is released at once, and another one polls: within 2 s if it waits
 * <tr><td>it was stopped, and continues<td>it publishes nothing, and gets the newer outcome
 * <tr><td>the gateway fails<td>all instances get the same failure (class, code or status), and pause as one: up to five minutes
 * <tr><td>the credentials are refused<td>the same, with pauses from five minutes to an hour. An instance that was started after the refusal
 *     tries once by itself, since its credentials may be new
 * <tr><td>Redis fails, refuses, or takes longer than the {@linkplain Builder#redisTimeout limit}<td>each instance polls by itself at
 *     its interval and up to a tenth more. Its calls share one poll, and have its last balance while that is younger than the interval, or
 *     its last failure for the pause after it. Each change between the two is logged
 * <tr><td>Redis replies again, even without data<td>one poll for all. A probe each second finds that out; after a probe whose reply is lost the
 *     next one follows within 31 s. A connection that is lost must first be restored by Lettuce, whose delay can be bounded by {@code
 *     ClientResources}
 * <tr><td>the outcome cannot be published<td>the caller gets it nevertheless
 * </table>
 *
 * <p>A feed polls when the next poll is due by Redis, not by its own interval, so that all instances show the same balance at nearly the same
 * time. A longer interval of the feed only delays its report of overdue polls. {@link #poll} keeps its own interval; if that is shorter, it
 * emits the balance that is in Redis again. Values are delivered on threads of the connection to Redis or of the upstream client: do not
 * block there.
 *
 * <p>In Redis are, under keys that begin with <code>clickatell:{alias}:</code>, the last 512 outcomes with their times, the claim, and the state
 * of alerts: no secret, URL or host name. The user needs {@code +eval +time +get +set +del +pttl +pexpire +xadd +xrevrange +hget +hset +hdel}
 * on {@code ~clickatell:*}.
 */
public final class RedisBalanceClient implements BalanceClient {
    private static final Duration RENEWAL = Duration.ofSeconds(1);
    /** Renewals are a second apart: if nothing happens for longer, the process was stopped. */
    private static final Duration STOPPED = RENEWAL.multipliedBy(2);

    private static final Mono<Optional<Duration>> NOT_PUBLISHED = Mono.just(Optional.empty());

    private final Fleet fleet;
    private final Availability redis;
    private final NewestOutcome newest;
    private final Duration redisTimeout;
    private final Supplier<Scheduler> timers;
    private final Supplier<Scheduler> alertDelivery;
    private final LongSupplier nanoTime;
    private final String instance = UUID.randomUUID().toString();
    private final AtomicLong attempts = new AtomicLong();
    private final AtomicLong polls = new AtomicLong();
    private final AtomicLong taken = new AtomicLong();

    /**
     * The start of this instance, or its last balance without Redis: credentials may be valid now that were refused before. Null after a
     * poll was published.
     */
    private volatile @Nullable Long rejectionsOutdatedAt;

    private final Sinks.Empty<Void> closing = Sinks.empty();
    private volatile boolean isClosed;
    private final Mono<Outcome> request;
    /**
     * One in flight at most: calls that need it at the same time share it, and the last one that is cancelled cancels it. Not for a poll
     * with a claim: a request from before the claim may be older than another instance's.
     */
    private final Mono<Result> requestAlone;

    private final Mono<Balance> balance;

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
        this.fleet = fleet;
        this.newest = new NewestOutcome(Pauses.of(interval), nanoTime);
        this.redisTimeout = redisTimeout;
        this.timers = timers;
        this.alertDelivery = alertDelivery;
        this.nanoTime = nanoTime;
        this.rejectionsOutdatedAt = nanoTime.getAsLong();
        this.redis = new Availability(redisTimeout, timers, nanoTime, fleet.probe(instance), closing.asMono());
        this.request = request(upstream, polls);
        // Not share(): a call that joins when the request ends, or when the last other call is cancelled, could hang or
        // fail there.
        this.requestAlone = request.map(this::own).cacheInvalidateIf(any -> true);
        this.balance = Mono.deferContextual(context -> result().doOnNext(result -> Due.in(result.nextPoll(), context)))
                .takeUntilOther(closing.asMono())
                .switchIfEmpty(Mono.error(ClientClosedException::new))
                .flatMap(result -> result.outcome().toMono())
                .onErrorMap(failure -> failure instanceof ClickatellException ? failure : unforeseen(failure));
    }

    @Override
    public Mono<Balance> balance() {
        return balance;
    }

    @Override
    public Flux<Balance> poll(Duration interval) {
        Flux<Balance> polls = BalanceClient.super.poll(interval).takeUntilOther(closing.asMono());
        return Flux.defer(() -> isClosed ? Flux.error(new ClientClosedException()) : polls);
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
        return Flux.defer(() -> redis.isUnavailable()
                        ? Mono.<List<Balance>>empty()
                        : redis.watched(fleet.recent().collectList()).onErrorComplete())
                .flatMapIterable(balances -> balances);
    }

    /** {@return whether balances are shared at the moment; if not, Redis does not reply, and this instance polls by itself} */
    public boolean isShared() {
        return !redis.isUnavailable();
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
     * instance publishes it again. While Redis does not reply, or refuses the commands for alerts, each instance publishes its own. A
     * balance that is older than the last change gives no alert. Two subscriptions in one instance are like two instances. An alert is
     * delivered on a thread of {@link Schedulers#boundedElastic()} or of the balances, never on one of the connection's: the subscriber
     * may block.
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
     * Ends what runs here as {@link BalanceClient#close()} says, and releases a claim. The upstream client and the connection to Redis
     * stay open: they belong to the application. Does not block. Closing twice has no further effect.
     */
    @Override
    public void close() {
        isClosed = true;
        closing.tryEmitEmpty();
    }

    private Mono<Result> result() {
        return redis.isUnavailable()
                ? alone()
                : new SharedCall().result().onErrorResume(Fleet.Unavailable.class, failure -> alone());
    }

    /** While Redis is unavailable: the last outcome, until another poll is due. */
    private Mono<Result> alone() {
        return Mono.defer(() -> {
            Result valid = newest.valid();
            return valid == null ? requestAlone : Mono.just(valid);
        });
    }

    /** The outcome of a poll that was not published. */
    private Result own(Outcome outcome) {
        if (outcome.balance() != null) {
            rejectionsOutdatedAt = nanoTime.getAsLong();
        }
        return newest.own(outcome);
    }

    /** One call while Redis replies. An attempt has the outcome that is in Redis, or polls; if it is empty, another one follows. */
    private final class SharedCall {
        private final Waiting waiting = new Waiting();
        private boolean hasLostClaim;

        Mono<Result> result() {
            return Mono.defer(this::attempt).repeat().next();
        }

        private Mono<Result> attempt() {
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
                    return Mono.just(newest.shared(known.outcome(), known.age(), known.dueIn()));
                }
                return permit instanceof Permit.Wait wait
                        ? Mono.delay(waiting.pause(wait), timers.get()).then(Mono.empty())
                        : poll(token);
            });
        }

        /** Its reply may be lost, or come after the time limit: what it has claimed is released by a later command. */
        private Mono<Permit> acquire(String token, AtomicBoolean hasReply) {
            Long outdatedAt = rejectionsOutdatedAt;
            Duration age = outdatedAt == null ? null : since(outdatedAt);
            Runnable release = () -> {
                if (!hasReply.get()) { // operators cancel also after a reply
                    release(token);
                }
            };
            return redis.watched(fleet.acquire(token, age).doOnCancel(release).doOnError(failure -> release.run()));
        }

        private Mono<Result> poll(String token) {
            return Mono.usingWhen(
                    Mono.fromSupplier(() -> new Claim(token)),
                    claim -> Mono.firstWithSignal(request.flatMap(outcome -> publish(outcome, claim)), renewals(claim)),
                    claim -> Mono.empty(),
                    (claim, failure) -> Mono.fromRunnable(() -> release(token)),
                    claim -> Mono.fromRunnable(() -> release(token)));
        }

        /** Until cancelled. A renewal that fails is not repeated: the next one follows. */
        private Mono<Result> renewals(Claim claim) {
            return Flux.interval(RENEWAL, timers.get())
                    .onBackpressureDrop()
                    .doOnNext(any -> claim.tick())
                    .concatMap(tick -> redis.watched(fleet.renew(claim.token)).onErrorComplete(), 1)
                    .then(Mono.never());
        }

        /** Empty if this process was stopped since the request, or if its first claim is lost: others may have a newer outcome. */
        private Mono<Result> publish(Outcome outcome, Claim claim) {
            claim.tick();
            long receivedAt = nanoTime.getAsLong();
            return Mono.defer(() -> redis.watched(fleet.publish(claim.token, outcome, since(receivedAt))))
                    .doOnNext(pause -> rejectionsOutdatedAt = null)
                    .map(Optional::of)
                    .switchIfEmpty(Mono.defer(this::lostClaim))
                    .onErrorResume(Fleet.Unavailable.class, failure -> {
                        release(claim.token); // nobody should wait until it expires
                        return NOT_PUBLISHED;
                    })
                    .filter(pause -> !claim.wasStopped())
                    .map(pause -> pause.map(dueIn -> newest.shared(outcome, Duration.ZERO, dueIn))
                            .orElseGet(() -> own(outcome)));
        }

        /** No third request in one call: where claims do not survive, requests would follow each other without a pause. */
        private Mono<Optional<Duration>> lostClaim() {
            boolean isFirst = !hasLostClaim;
            hasLostClaim = true;
            return isFirst ? Mono.empty() : NOT_PUBLISHED;
        }
    }

    /** A claim of this instance, and whether its process was stopped since. */
    private final class Claim {
        private final String token;
        private final AtomicLong lastTick = new AtomicLong(nanoTime.getAsLong());
        private volatile boolean wasStopped;

        Claim(String token) {
            this.token = token;
        }

        /** Each second at least, while the process runs. */
        void tick() {
            long now = nanoTime.getAsLong();
            if (now - lastTick.getAndSet(now) > STOPPED.toNanos()) {
                wasStopped = true;
            }
        }

        boolean wasStopped() {
            tick();
            return wasStopped;
        }
    }

    private Duration since(long time) {
        return Duration.ofNanos(nanoTime.getAsLong() - time);
    }

    /** Not awaited: the claim expires by itself. */
    private void release(String token) {
        redis.limited(fleet.release(token)).onErrorComplete().subscribe();
    }

    private String token() {
        return instance + ":" + attempts.incrementAndGet();
    }

    /** One poll upstream. Failures are outcomes, but for the end of the upstream client, which other instances need not know. */
    private static Mono<Outcome> request(BalanceClient upstream, AtomicLong polls) {
        return Mono.defer(upstream::balance)
                .single()
                .doOnSubscribe(any -> polls.incrementAndGet())
                .map(Outcome::of)
                .onErrorMap(failure -> failure instanceof ClickatellException ? failure : unexpected(failure))
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

    /** Sent by this instance, each with its retries. */
    long polls() {
        return polls.get();
    }

    /** Outcomes that were in Redis. */
    long taken() {
        return taken.get();
    }

    /** How long Redis has been unavailable in total. */
    Duration unavailableTime() {
        return redis.unavailableTime();
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

        /**
         * The scheduler of every timer but those of {@link RedisBalanceClient#poll}. Default: {@link Schedulers#parallel()}, looked up at
         * each use.
         */
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
