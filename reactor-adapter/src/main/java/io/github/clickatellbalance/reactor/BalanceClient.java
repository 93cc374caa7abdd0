package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
import io.netty.channel.ChannelOption;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;

/**
 * Asks for the balance of one account. Thread-safe and meant to be shared: one client for each account, for as long as the
 * application runs.
 *
 * <pre>{@code
 * Mono<String> report = client.balance()
 *         .map(balance -> balance.amount() + " " + balance.unit())
 *         .onErrorResume(ClickatellException.class, failure -> Mono.just("unknown: " + failure.getMessage()));
 * }</pre>
 */
public interface BalanceClient extends AutoCloseable {
    /**
     * Starts to build a client of the archived HTTP/S API, {@code http/getbalance}.
     *
     * @param credentials the account's
     * @return a builder with every default set
     * @throws NullPointerException if they are null
     */
    static Builder builder(Credentials credentials) {
        return builder(BalanceApi.http(credentials));
    }

    /**
     * Starts to build a client of whichever API the account belongs to.
     *
     * @param api the API, with the secret of the account
     * @return a builder with every default set
     * @throws NullPointerException if it is null
     */
    static Builder builder(BalanceApi api) {
        return new Builder(Objects.requireNonNull(api, "api"));
    }

    /**
     * Asks for the balance once for each subscription; nothing is sent before.
     *
     * <p>A failure that {@linkplain ClickatellException#isTransient() may pass} is retried as the {@link RetryPolicy} says;
     * every other one is sent once. Cancelling aborts the exchange and closes its connection. The value comes on one of
     * Reactor Netty's event loops: do not block there.
     *
     * <p>Where the API has sessions, the first call logs in and all calls share that login; one that others wait for goes
     * on when a call is cancelled. A session that turns out to have ended is renewed once in a call.
     *
     * @return exactly one balance, or exactly one {@link ClickatellException}: the failure of the last attempt, with those
     *     of earlier attempts {@linkplain Throwable#getSuppressed() suppressed}, beside Reactor's note of the place. After
     *     {@link #close()}, a {@link ClientClosedException}
     */
    Mono<Balance> balance();

    /**
     * Asks again and again, for each subscription on its own: at once, then each time {@code interval} after the previous
     * poll completed. Never more than one exchange is in flight, and none is started without demand: a slow subscriber
     * gets a fresh value when it asks for one, never a stale one and never an overflow. A pause of the process is followed
     * by one poll, not by a burst. Values come on one of Reactor Netty's event loops: do not block there.
     *
     * <p>Each poll has the retries of {@link #balance()}. When these are spent on a transient failure, the stream lives
     * on: the failure is logged as a warning, and the pause doubles with each failure in a row, from {@code interval} up
     * to five minutes or {@code interval}, whichever is longer. Where the server asks for a longer pause by {@code
     * Retry-After}, it gets it, within the same ceiling.
     *
     * @param interval the pause between two polls, more than zero
     * @return the balances. Ends with a {@link ClickatellException} at the first permanent failure, or after {@link
     *     Builder#maxConsecutiveFailures(int)} transient ones in a row if that was set. Completes when the client is closed
     * @throws IllegalArgumentException if the interval is not positive, or is longer than 365 days
     */
    Flux<Balance> poll(Duration interval);

    /**
     * Ends what is running and closes the client's connections; does not block. Calls in flight and later ones fail with
     * a {@link ClientClosedException}, running polls complete. An {@link HttpClient} that the application brought stays as
     * it is. Closing twice does nothing more.
     */
    @Override
    void close();

    /** What a client may be told; each setting has a default. Not thread-safe. */
    final class Builder {
        private final BalanceApi api;
        private URI baseUrl;
        private boolean plainHttpAllowed;
        private @Nullable Duration connectTimeout;
        private Duration attemptTimeout = Duration.ofSeconds(10);
        private RetryPolicy retry = RetryPolicy.backoff(2, Duration.ofMillis(200), Duration.ofSeconds(2));
        private int maxConsecutiveFailures = Integer.MAX_VALUE;
        private BalanceObserver observer = new BalanceObserver() {};
        private @Nullable HttpClient httpClient;
        private Clock clock = Clock.systemUTC();
        // Looked up at each subscription: Reactor's own timers can be replaced under way, as tests in virtual time do.
        private Supplier<Scheduler> scheduler = Schedulers::parallel;

        private Builder(BalanceApi api) {
            this.api = api;
            this.baseUrl = BaseUrl.parse(api.defaultBaseUrl());
        }

        /**
         * Where the API is served. Default: the vendor's host, {@link BalanceApi#defaultBaseUrl()}.
         *
         * @param url {@code https://} and a host, a port and a path if need be; {@code http://} only for a loopback host,
         *     or with {@link #allowPlainHttp()}
         * @return this
         * @throws IllegalArgumentException if this is no such URL, or has user info, a query or a fragment
         */
        public Builder baseUrl(String url) {
            this.baseUrl = BaseUrl.parse(Objects.requireNonNull(url, "baseUrl"));
            return this;
        }

        /**
         * Lets {@link #baseUrl} be {@code http://} for any host. The credentials then travel readable by everybody on the
         * way.
         *
         * @return this
         */
        public Builder allowPlainHttp() {
            this.plainHttpAllowed = true;
            return this;
        }

        /**
         * How long a TCP connection may take, and once more a TLS handshake. Default: 5 seconds. An {@link #httpClient}
         * of the application's keeps its own limits unless this is called, and its TLS handshake limit in any case.
         *
         * @param timeout from 1 millisecond to 1 hour
         * @return this
         * @throws IllegalArgumentException if it is anything else
         */
        public Builder connectTimeout(Duration timeout) {
            this.connectTimeout =
                    Durations.checked("connectTimeout", timeout, Duration.ofMillis(1), Duration.ofHours(1));
            return this;
        }

        /**
         * The deadline of one attempt as a whole: from waiting for a connection to the last byte of the reply, however
         * slowly it drips. A login is an exchange with attempts of its own. Default: 10 seconds.
         *
         * @param timeout from 1 millisecond to 1 hour
         * @return this
         * @throws IllegalArgumentException if it is anything else
         */
        public Builder attemptTimeout(Duration timeout) {
            this.attemptTimeout =
                    Durations.checked("attemptTimeout", timeout, Duration.ofMillis(1), Duration.ofHours(1));
            return this;
        }

        /**
         * How often and when a transient failure is tried again. Default: {@code RetryPolicy.backoff(2,
         * Duration.ofMillis(200), Duration.ofSeconds(2))}, three attempts in total; as many for a login, where there is
         * one.
         *
         * @param policy the policy
         * @return this
         */
        public Builder retry(RetryPolicy policy) {
            this.retry = Objects.requireNonNull(policy, "retry");
            return this;
        }

        /**
         * After how many failed polls in a row {@link BalanceClient#poll} gives up and ends with the last failure.
         * Default: never.
         *
         * @param polls at least 1
         * @return this
         * @throws IllegalArgumentException if it is less
         */
        public Builder maxConsecutiveFailures(int polls) {
            if (polls < 1) {
                throw new IllegalArgumentException("maxConsecutiveFailures must be at least 1, but was: " + polls);
            }
            this.maxConsecutiveFailures = polls;
            return this;
        }

        /**
         * Measures calls and their attempts. Default: nothing does.
         *
         * @param observer the observer, such as a {@link MicrometerObserver}
         * @return this
         */
        public Builder observer(BalanceObserver observer) {
            this.observer = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Brings the application's own client, with its proxy, TLS, DNS and pool. It stays as it is and is never closed;
         * the requests of this library do without redirects, compression and Reactor Netty's hidden retry all the same, and
         * on connections of the pool that no other requests use. Default: a client with a small pool of its own on Reactor
         * Netty's shared event loops.
         *
         * @param client the client
         * @return this
         */
        public Builder httpClient(HttpClient client) {
            this.httpClient = Objects.requireNonNull(client, "httpClient");
            return this;
        }

        /**
         * Tells {@link Balance#retrievedAt()}; never used for timers. Default: the system's.
         *
         * @param clock the clock
         * @return this
         */
        public Builder clock(Clock clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * Runs every timer: deadlines of attempts, pauses between retries and between polls. Default: {@link
         * Schedulers#parallel()}, looked up at each subscription.
         *
         * @param scheduler the scheduler; never disposed of by the client
         * @return this
         */
        public Builder scheduler(Scheduler scheduler) {
            Objects.requireNonNull(scheduler, "scheduler");
            this.scheduler = () -> scheduler;
            return this;
        }

        /**
         * Builds the client; connects to nothing. For TLS it reads the JDK's trust store from its file: not on an event
         * loop.
         *
         * @return the client
         * @throws IllegalArgumentException if the base URL is {@code http://} for a host that is not loopback, and
         *     {@link #allowPlainHttp()} was not called
         */
        public BalanceClient build() {
            if (!plainHttpAllowed && BaseUrl.isReadableOnTheWay(baseUrl)) {
                throw new IllegalArgumentException("baseUrl must be https:// (the credentials would travel readable by "
                        + "everybody; allowPlainHttp() lifts this), but was: " + baseUrl);
            }
            NettyExchange exchange = httpClient == null
                    ? NettyExchange.withOwnPool(
                            baseUrl, connectTimeout == null ? Duration.ofSeconds(5) : connectTimeout, clock)
                    : NettyExchange.over(
                            connectTimeout == null
                                    ? httpClient
                                    : httpClient.option(
                                            ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) connectTimeout.toMillis()),
                            baseUrl,
                            clock);
            return new DefaultBalanceClient(
                    api,
                    exchange,
                    baseUrl.toString(),
                    attemptTimeout,
                    retry,
                    maxConsecutiveFailures,
                    observer,
                    scheduler);
        }
    }
}
