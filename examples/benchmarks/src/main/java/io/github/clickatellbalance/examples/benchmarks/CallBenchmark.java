package io.github.clickatellbalance.examples.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * The same request to the same server: by this library, and by the HTTP client below it. Needs a {@link LoopbackServer}, whose
 * port is the system property {@value #PORT}.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(
        value = 1,
        jvmArgs = {"-Xms512m", "-Xmx512m"})
public class CallBenchmark {
    static final String PORT = "loopback.port";

    private static final int CALLS = 20_000;
    private static final byte[] FORM = "user=alice&password=s3cret&api_id=1234567".getBytes(US_ASCII);

    /** What the contenders have in common. */
    @State(Scope.Benchmark)
    public static class Setting {
        /** The number of headers of each reply. */
        @Param({"2", "12"})
        public int headers;

        /** How many calls are in flight at the same time. */
        @Param({"32", "1000", "10000"})
        public int inFlight;

        final String baseUrl() {
            return "http://127.0.0.1:" + Integer.getInteger(PORT) + "/" + headers;
        }

        final <T> @Nullable T all(Supplier<Mono<T>> call) {
            return Flux.range(0, CALLS).flatMap(i -> call.get(), inFlight).blockLast();
        }
    }

    /** This library, with its defaults. */
    @State(Scope.Benchmark)
    @SuppressWarnings("NullAway.Init")
    public static class Library {
        BalanceClient client;

        /** Builds the client. */
        @Setup
        public void build(Setting setting) {
            client = BalanceClient.builder(Credentials.of("alice", "s3cret", "1234567"))
                    .baseUrl(setting.baseUrl())
                    .build();
        }

        /** Closes the client. */
        @TearDown
        public void close() {
            client.close();
        }
    }

    /** The HTTP client that the library uses, with nothing around it. */
    @State(Scope.Benchmark)
    @SuppressWarnings("NullAway.Init")
    public static class ReactorNetty {
        final ConnectionProvider pool = ConnectionProvider.builder("bare")
                .maxConnections(64)
                .pendingAcquireMaxCount(-1)
                .build();
        HttpClient client;
        Mono<String> assembled;

        /** Builds the client. */
        @Setup
        public void build(Setting setting) {
            client = HttpClient.create(pool)
                    .baseUrl(setting.baseUrl())
                    .headers(headers -> headers.set(
                            HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_X_WWW_FORM_URLENCODED));
            assembled = call();
        }

        /** Closes the connections. */
        @TearDown
        public void close() {
            pool.dispose();
        }

        final Mono<String> call() {
            return client.post()
                    .uri("/http/getbalance")
                    .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(FORM)))
                    .responseContent()
                    .aggregate()
                    .asString();
        }
    }

    /** {@return the last balance} */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public @Nullable Balance balance(Setting setting, Library library) {
        return setting.all(library.client::balance);
    }

    /** {@return the last reply} */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public @Nullable String reactorNetty(Setting setting, ReactorNetty bare) {
        return setting.all(bare::call);
    }

    /** {@return the last reply} The same as above: the difference between the two is noise. */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public @Nullable String reactorNettyAgain(Setting setting, ReactorNetty bare) {
        return setting.all(bare::call);
    }

    /** {@return the last reply} Here the call is assembled once, as in the library. */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public @Nullable String reactorNettyOnce(Setting setting, ReactorNetty bare) {
        return setting.all(() -> bare.assembled);
    }
}
