package io.github.clickatellbalance.examples.benchmarks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import io.github.clickatellbalance.ApiCall;
import io.github.clickatellbalance.ApiReply;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** From the bytes of a reply to a {@link Balance}: by this library, and by {@link String#split}. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgs = {"-Xms512m", "-Xmx512m"})
public class ParserBenchmark {
    private static final Instant NOW = Instant.parse("2026-11-24T00:00:00Z");
    private static final ApiCall<Balance> API = requireNonNull(
            BalanceApi.http(Credentials.of("alice", "s3cret", "1234567")).balance());

    /** The two forms of a success. */
    public enum Form {
        /** The present form, with a trailing blank. */
        CREDITS("Credits: 123.00 "),
        /** The form of all older captures. */
        CREDIT("Credit: 12.50");

        private final String text;

        Form(String text) {
            this.text = text;
        }
    }

    /** A success. */
    @State(Scope.Benchmark)
    public static class Success {
        /** The form. */
        @Param
        public Form form = Form.CREDITS;

        byte[] body = {};
        ApiReply reply = reply("");

        /** Fills the reply. */
        @Setup
        public void fill() {
            body = form.text.getBytes(ISO_8859_1);
            reply = new ApiReply(200, body, NOW, null);
        }
    }

    /** Failures. */
    @State(Scope.Benchmark)
    public static class Failure {
        final ApiReply numbered = reply("ERR: 001, Authentication failed");
        final ApiReply malformed = reply("<html><head><title>Welcome</title></head></html>");
    }

    /** {@return the balance} */
    @Benchmark
    public Balance read(Success success) {
        return API.read(success.reply);
    }

    /** {@return the balance} */
    @Benchmark
    @SuppressWarnings("StringSplitter") // this is what the library is compared with
    public Balance split(Success success) {
        String amount = new String(success.body, ISO_8859_1).split(" ")[1];
        return new Balance(new BigDecimal(amount), Balance.CREDITS, NOW);
    }

    /** {@return the failure} */
    @Benchmark
    public Object readError(Failure failure) {
        return failure(failure.numbered);
    }

    /** {@return the failure} */
    @Benchmark
    public Object readMalformed(Failure failure) {
        return failure(failure.malformed);
    }

    private static Object failure(ApiReply reply) {
        try {
            return API.read(reply);
        } catch (ClickatellException e) {
            return e;
        }
    }

    private static ApiReply reply(String body) {
        return new ApiReply(200, body.getBytes(ISO_8859_1), NOW, null);
    }
}
