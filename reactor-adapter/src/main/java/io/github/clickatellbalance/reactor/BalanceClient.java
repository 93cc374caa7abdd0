package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
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
 * A client for the balance of one account. Thread-safe: share one client for each account, for as long as the application
 * runs.
 *
 * <pre>{@code
 * Mono<String> report = client.balance()
 *         .map(balance -> balance.amount() + " " + balance.unit())
 *         .onErrorResume(ClickatellException.class, failure -> Mono.just("unknown: " + failure.getMessage()));
 * }</pre>
 *
 * <p>Values are delivered on one of Reactor Netty's event loops, which are daemon threads: do not block there, and do not
 * expect them to keep a JVM alive.
 */
public interface BalanceClient extends AutoCloseable {
    /** Starts to build a client of the archived HTTP/S API, {@code http/getbalance}, with every default set. */
    static Builder builder(Credentials credentials) {
        return builder(BalanceApi.http(credentials));
    }

    /** Starts to build a client of any API, with every default set. */
    static Builder builder(BalanceApi api) {
        return new Builder(Objects.requireNonNull(api, "api"));
    }

    /**
     * Requests the balance once for each subscription; nothing is sent before.
     *
     * <p>{@linkplain ClickatellException#isTransient() Transient} failures are retried by the {@link RetryPolicy}, other
     * failures are not. In the worst case a call takes all attempts up to their deadlines and the longest pauses between
     * them: with the defaults 3 × 10 s + 2 × 30 s = 90 s. Cancelling aborts the exchange and closes its connection.
     *
     * <p>If the API has sessions, the first call logs in, and all calls share that session; a login counts as further
     * attempts. When the vendor reports the end of the session, a call logs in again, once. Cancelling a call does not
     * cancel a login for which other calls wait.
     *
     * @return exactly one balance, or exactly one {@link ClickatellException}: the failure of the last attempt. Those of
     *     earlier attempts are {@linkplain Throwable#getSuppressed() suppressed} in it, beside Reactor's checkpoint
     */
    Mono<Balance> balance();

    /**
     * Requests the balance repeatedly, for each subscription on its own: at once, then {@code interval} after the previous
     * poll completed. One poll is in flight at most, and none starts without demand: a slow subscriber gets a fresh value
     * at each request, never a stale one and never an overflow error. After a pause of the process there is one poll, not a
     * burst.
     *
     * <p>Each poll has the retries of {@link #balance()}. When they are spent, or the failure is a malformed reply or a
     * redirect, the stream continues: the failure is logged as a warning, and the pause doubles with each failure in a row,
     * from {@code interval} up to five minutes or {@code interval}, whichever is longer. If the server requests a longer
     * pause ({@code Retry-After}), it gets it up to the same ceiling.
     *
     * <p>The stream ends with a {@link ClickatellException} that a person must act on: refused credentials, refused TLS,
     * a refusing proxy, another permanent status 4xx, a scheduler that was shut down. It completes when the client is
     * closed.
     *
     * <p>Two operators need care. {@code publishOn(scheduler)} requests 256 values in advance and delivers old ones: use
     * {@code publishOn(scheduler, 1)}, or a {@link BalanceFeed}. {@code retry()} polls again at once after a refusal,
     * without a pause: use a feed, which continues after refusals with long pauses.
     *
     * <p>This implementation uses {@link #balance()}, and timers on {@link Schedulers#parallel()}.
     *
     * @throws IllegalArgumentException unless the interval is more than zero and at most 365 days
     */
    default Flux<Balance> poll(Duration interval) {
        Backoff.checkedInterval(interval);
        return Flux.defer(() -> PollSchedule.polls(balance(), interval, Schedulers.parallel()));
    }

    /**
     * Ends all calls and closes the client's connections. Does not block. Running polls complete; calls in flight, and
     * later subscriptions to {@link #balance()} and {@link #poll}, fail with a {@link ClientClosedException}. An {@link
     * HttpClient} of the application stays open. Closing twice has no further effect.
     */
    @Override
    void close();

    /**
     * The settings of a client; each has a default, and refuses values out of its bounds with an {@link
     * IllegalArgumentException}. Not thread-safe.
     */
    final class Builder {
        private final BalanceApi api;
        private URI baseUrl;
        private boolean plainHttpAllowed;
        private @Nullable Duration connectTimeout;
        private Duration attemptTimeout = Duration.ofSeconds(10);
        private RetryPolicy retry = RetryPolicy.backoff(2, Duration.ofMillis(200), Duration.ofSeconds(2));
        private @Nullable BalanceObserver observer;
        private @Nullable HttpClient httpClient;
        private Clock clock = Clock.systemUTC();
        // Looked up at each subscription: tests in virtual time replace Reactor's own.
        private Supplier<Scheduler> scheduler = Schedulers::parallel;

        private Builder(BalanceApi api) {
            this.api = api;
            this.baseUrl = BaseUrl.parse(api.defaultBaseUrl());
        }

        /**
         * The URL of the API's server: {@code https://} and a host, optionally with a port and a path, without user info,
         * query and fragment. {@code http://} only for a loopback host, or with {@link #allowPlainHttp()}. Default: the
         * vendor's, {@link BalanceApi#defaultBaseUrl()}.
         */
        public Builder baseUrl(String url) {
            this.baseUrl = BaseUrl.parse(Objects.requireNonNull(url, "baseUrl"));
            return this;
        }

        /**
         * Allows {@code http://} for any host in {@link #baseUrl}. Everybody on the network path can then read the
         * credentials.
         */
        public Builder allowPlainHttp() {
            this.plainHttpAllowed = true;
            return this;
        }

        /**
         * The time limit of a TCP connect, and again of a TLS handshake, from 1 millisecond to 1 hour. Default: 5
         * seconds. An {@link #httpClient} of the application keeps its own connect timeout unless this is set, and its
         * own handshake timeout in any case.
         */
        public Builder connectTimeout(Duration timeout) {
            this.connectTimeout = Backoff.checked("connectTimeout", timeout, Duration.ofMillis(1), Duration.ofHours(1));
            return this;
        }

        /**
         * The deadline of one attempt as a whole, from 1 millisecond to 1 hour: from waiting for a connection to the last
         * byte of the reply, however slowly it arrives. Default: 10 seconds.
         */
        public Builder attemptTimeout(Duration timeout) {
            this.attemptTimeout = Backoff.checked("attemptTimeout", timeout, Duration.ofMillis(1), Duration.ofHours(1));
            return this;
        }

        /**
         * How often and when transient failures are retried. Default: {@code RetryPolicy.backoff(2,
         * Duration.ofMillis(200), Duration.ofSeconds(2))}, so three attempts in total; a login has as many.
         */
        public Builder retry(RetryPolicy policy) {
            this.retry = Objects.requireNonNull(policy, "retry");
            return this;
        }

        /** Measures calls and their attempts; the Micrometer package has an observer. Default: no measurement. */
        public Builder observer(BalanceObserver observer) {
            this.observer = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Uses a client of the application, with its proxy, TLS, DNS and pool. It is never changed and never closed. Requests
         * of this library go without redirects, compression and Reactor Netty's hidden retry all the same, and over
         * connections that no other requests share. Default: a client with a small pool of its own on Reactor Netty's
         * shared event loops.
         *
         * <pre>{@code
         * HttpClient http = HttpClient.create().proxy(proxy -> proxy.type(ProxyProvider.Proxy.HTTP)
         *         .host("proxy.example.com")
         *         .port(3128));
         * BalanceClient client = BalanceClient.builder(credentials).httpClient(http).build();
         * }</pre>
         *
         * <p>Set a {@code maxIdleTime} on a pool of your own: servers close idle connections, and a request over one of
         * those needs a retry. Through a proxy, the proxy looks up the gateway's name. A proxy's refusal (403, 407 and
         * other 4xx) is permanent; one that does not reply ends at its {@code connectTimeoutMillis}. Otherwise Netty looks
         * up names; where a VPN or split DNS needs the JVM's resolver:
         *
         * <pre>{@code
         * HttpClient http = HttpClient.create().resolver(DefaultAddressResolverGroup.INSTANCE);
         * BalanceClient client = BalanceClient.builder(credentials).httpClient(http).build();
         * }</pre>
         *
         * <p>Never switch on {@code wiretap} on it: it logs whole requests, with their secrets.
         */
        public Builder httpClient(HttpClient client) {
            this.httpClient = Objects.requireNonNull(client, "httpClient");
            return this;
        }

        /** The clock for {@link Balance#retrievedAt()}; never used for timers. Default: the system's. */
        public Builder clock(Clock clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * The scheduler of every timer: deadlines of attempts, pauses before retries and polls. The client never disposes
         * of it. Default: {@link Schedulers#parallel()}, looked up at each subscription.
         */
        public Builder scheduler(Scheduler scheduler) {
            Objects.requireNonNull(scheduler, "scheduler");
            this.scheduler = () -> scheduler;
            return this;
        }

        /**
         * Builds the client; does not connect. For TLS this reads the JDK's trust store from a file, so do not call it on an
         * event loop.
         *
         * @throws IllegalArgumentException if the {@link #baseUrl} is {@code http://} and that is not allowed
         */
        public BalanceClient build() {
            if (!plainHttpAllowed && BaseUrl.isPlainTextToOtherHost(baseUrl)) {
                throw new IllegalArgumentException("baseUrl must be https:// (others could read the credentials; "
                        + "allowPlainHttp() lifts this), but was: " + baseUrl);
            }
            Exchange exchange = httpClient == null
                    ? NettyExchange.withOwnPool(
                            baseUrl, connectTimeout == null ? Duration.ofSeconds(5) : connectTimeout, clock)
                    : NettyExchange.over(httpClient, connectTimeout, baseUrl, clock);
            return new DefaultBalanceClient(
                    api, exchange, baseUrl.toString(), attemptTimeout, retry, observer, scheduler);
        }
    }
}
