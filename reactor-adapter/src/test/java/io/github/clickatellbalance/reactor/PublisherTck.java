package io.github.clickatellbalance.reactor;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.clickatellbalance.ApiReply;
import io.github.clickatellbalance.ApiRequest;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.Credentials;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import reactor.blockhound.BlockHound;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The rules of Reactive Streams, by the TCK (for TestNG), over an exchange that replies at once. */
abstract class PublisherTck extends PublisherVerification<Balance> {
    private static final long TIMEOUT_MILLIS = 5_000;
    private static final long NO_SIGNAL_MILLIS = 20;
    /** The interval at which the TCK checks for an expected failure. By default it waits for the whole timeout. */
    private static final long POLL_MILLIS = 20;

    static {
        BlockHound.install(); // CleanExtension does this only for JUnit
    }

    PublisherTck() {
        super(new TestEnvironment(TIMEOUT_MILLIS, NO_SIGNAL_MILLIS, POLL_MILLIS));
    }

    abstract Publisher<Balance> publisher(BalanceClient client, long elements);

    @Override
    public final Publisher<Balance> createPublisher(long elements) {
        return publisher(client(), elements);
    }

    @Override
    public @Nullable Publisher<Balance> createFailedPublisher() {
        BalanceClient closed = client();
        closed.close();
        return publisher(closed, 1);
    }

    private static BalanceClient client() {
        Exchange exchange = new Exchange() {
            @Override
            public Flux<ApiReply> send(ApiRequest request) {
                return Mono.fromSupplier(
                                () -> new ApiReply(200, "Credits: 12.50".getBytes(US_ASCII), Instant.EPOCH, null))
                        .flux();
            }

            @Override
            public void close() {}
        };
        return new DefaultBalanceClient(
                BalanceApi.http(Credentials.of("user", "password", "api-id")),
                exchange,
                "stub",
                Duration.ofSeconds(10),
                RetryPolicy.none(),
                null,
                Schedulers::parallel);
    }
}
