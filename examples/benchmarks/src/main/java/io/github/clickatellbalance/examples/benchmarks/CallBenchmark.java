package io.github.clickatellbalance.examples.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * The same question to the same server, 32 at a time: asked by this library, by the HTTP client below it, and by the JDK's.
 * Needs a {@link LoopbackServer}, whose port is the system property {@value #PORT}.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 12, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgs = {
            "-Xms512m",
            "-Xmx512m",
            // On two cores CompletableFuture, and with it the JDK's client, would start a thread for every call.
            "-Djava.util.concurrent.ForkJoinPool.common.parallelism=2"
        })
public class CallBenchmark {
    static final String PORT = "loopback.port";

    private static final int CALLS = 3200;
    private static final int IN_FLIGHT = 32;
    private static final String BASE_URL = "http://127.0.0.1:" + Integer.getInteger(PORT);
    private static final String PATH = "/http/getbalance";
    private static final byte[] FORM = "user=alice&password=s3cret&api_id=1234567".getBytes(US_ASCII);

    /** This library, with its defaults. */
    @State(Scope.Benchmark)
    public static class Library {
        final BalanceClient client = BalanceClient.builder(Credentials.of("alice", "s3cret", "1234567"))
                .baseUrl(BASE_URL)
                .build();

        /** Closes the client. */
        @TearDown
        public void close() {
            client.close();
        }
    }

    /** The HTTP client that the library stands on, with nothing around it. */
    @State(Scope.Benchmark)
    public static class ReactorNetty {
        final ConnectionProvider pool = ConnectionProvider.create("bare", 64);
        final HttpClient client = HttpClient.create(pool)
                .baseUrl(BASE_URL)
                .headers(headers ->
                        headers.set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_X_WWW_FORM_URLENCODED));
        final Mono<String> assembled = call();

        /** Closes the connections. */
        @TearDown
        public void close() {
            pool.dispose();
        }

        final Mono<String> call() {
            return client.post()
                    .uri(PATH)
                    .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(FORM)))
                    .responseContent()
                    .aggregate()
                    .asString();
        }
    }

    /** What everybody has. */
    @State(Scope.Benchmark)
    public static class Jdk {
        final java.net.http.HttpClient client = java.net.http.HttpClient.newBuilder()
                .version(java.net.http.HttpClient.Version.HTTP_1_1)
                .build();

        Mono<String> call() {
            HttpRequest request = HttpRequest.newBuilder(URI.create(BASE_URL + PATH))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(FORM))
                    .build();
            return Mono.fromFuture(() -> client.sendAsync(request, HttpResponse.BodyHandlers.ofString()))
                    .map(HttpResponse::body)
                    // Once in some hundred thousand calls its pool closes a connection that it has just handed out.
                    .retry(2);
        }
    }

    /** {@return the last balance} */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public @Nullable Balance balance(Library library) {
        return all(library.client::balance);
    }

    /** {@return the last reply} */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public @Nullable String reactorNetty(ReactorNetty bare) {
        return all(bare::call);
    }

    /** {@return the last reply} Nothing differs from the one before: how far apart the two come out is noise. */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public @Nullable String reactorNettyAgain(ReactorNetty bare) {
        return all(bare::call);
    }

    /** {@return the last reply} Here the call is put together once, and subscribed to again and again. */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public @Nullable String reactorNettyOnce(ReactorNetty bare) {
        return all(() -> bare.assembled);
    }

    /** {@return the last reply} */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public @Nullable String jdk(Jdk jdk) {
        return all(jdk::call);
    }

    private static <T> @Nullable T all(Supplier<Mono<T>> call) {
        return Flux.range(0, CALLS).flatMap(i -> call.get(), IN_FLIGHT).blockLast();
    }
}
