package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.TransportException;
import io.netty.channel.ChannelException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.proxy.HttpProxyHandler.HttpProxyConnectException;
import io.netty.handler.proxy.ProxyConnectException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslClosedEngineException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.handler.timeout.WriteTimeoutException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Exceptions;
import reactor.netty.channel.AbortedException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;

/** The classification of the exceptions of Netty, Reactor Netty and the JDK. */
class FailuresTest {
    private static final String BROKE = "broke before the reply was complete";
    private static final String TIME_LIMIT = "time limit of the HTTP client";
    private static final String TLS_FAILED = "TLS failed";
    private static final String TLS_CLOSED = "within the TLS handshake";
    private static final String PROXY_DOWN = "The proxy did not connect";
    private static final String PROXY_REFUSED = "The proxy refused to connect";
    private static final String UNEXPECTED = "unexpected failure";

    /** Each has the class and a typical message. Messages differ between transports and platforms and must not matter. */
    static Stream<Arguments> transient_failures() {
        Stream<Arguments> everywhere = Stream.of(
                failure(new ConnectTimeoutException("connection timed out after 5000 ms"), "connect timeout"),
                failure(
                        new SslHandshakeTimeoutException("handshake timed out after 5000ms"),
                        "The TLS handshake did not end"),
                failure(caused(new SSLException("closed"), new ClosedChannelException()), TLS_CLOSED),
                failure(caused(new SSLHandshakeException("closed"), new ClosedChannelException()), TLS_CLOSED),
                failure(
                        new DecoderException(caused(new SSLException("closed"), new ClosedChannelException())),
                        TLS_CLOSED),
                failure(new UnknownHostException("Failed to resolve 'gateway.example'"), "no address"),
                failure(new ConnectException("Connection refused"), "The connection was refused"),
                failure(new SocketException("Connection reset"), BROKE),
                failure(new SocketException("An existing connection was forcibly closed by the remote host"), BROKE),
                failure(new NoRouteToHostException("No route to host"), "no route to the host"),
                failure(new SocketTimeoutException("timed out"), BROKE),
                failure(new ClosedChannelException(), BROKE),
                failure(new EOFException(), BROKE),
                failure(new IOException((String) null), BROKE),
                failure(new SslClosedEngineException("SSLEngine closed already"), BROKE),
                failure(new PrematureChannelClosureException("Connection closed before received headers"), BROKE),
                failure(new AbortedException("Connection has been closed BEFORE send operation"), BROKE),
                failure(AbortedException.beforeSend(), BROKE),
                failure(ReadTimeoutException.INSTANCE, TIME_LIMIT),
                failure(new ReadTimeoutException(), TIME_LIMIT),
                failure(WriteTimeoutException.INSTANCE, TIME_LIMIT),
                failure(new TimeoutException("Did not observe any item"), TIME_LIMIT),
                failure(new PoolAcquireTimeoutException(Duration.ofSeconds(45)), TIME_LIMIT),
                failure(new PoolAcquirePendingLimitException(1), "no room for another waiting call"),
                failure(new ChannelException("Unable to create Channel from class"), "limit of open files"));
        // This check loads the native library. Its exceptions need it.
        Stream<Arguments> onEpoll = Epoll.isAvailable()
                ? Stream.of(
                        failure(new Errors.NativeIoException("sendAddress(..)", -32), BROKE),
                        failure(new Errors.NativeIoException("recvAddress(..)", -104), BROKE))
                : Stream.empty();
        return Stream.concat(everywhere, onEpoll);
    }

    static Stream<Arguments> permanent_failures() {
        return Stream.of(
                failure(new SSLException("unsupported"), TLS_FAILED),
                failure(new SSLHandshakeException("Received fatal alert: handshake_failure"), TLS_FAILED),
                failure(caused(new SSLHandshakeException("PKIX"), new CertificateException("PKIX")), TLS_FAILED),
                failure(caused(new SSLHandshakeException("expired"), new CertificateExpiredException()), TLS_FAILED),
                failure(new SSLPeerUnverifiedException("no such name"), TLS_FAILED),
                failure(new NotSslRecordException("not an SSL/TLS record: 485454502f"), TLS_FAILED),
                failure(
                        new DecoderException(new SSLHandshakeException("Received fatal alert: certificate_required")),
                        TLS_FAILED),
                failure(new IOException(new IOException(new SSLException("bad record"))), TLS_FAILED),
                failure(new IllegalStateException(new SSLPeerUnverifiedException("no such name")), TLS_FAILED));
    }

    static Stream<Arguments> unexpected_failures() {
        return Stream.of(
                failure(new DecoderException("garbage"), UNEXPECTED),
                failure(new IllegalArgumentException("invalid version format: GARBAGE"), UNEXPECTED),
                failure(new IllegalStateException("state"), UNEXPECTED),
                failure(new NoSuchElementException("Source was empty"), UNEXPECTED),
                failure(new RejectedExecutionException("shut down"), "A scheduler accepts no more tasks"),
                failure(new RuntimeException(new IOException("wrapped")), UNEXPECTED),
                failure(new InterruptedException("interrupted"), UNEXPECTED),
                failure(new Exception("checked"), UNEXPECTED),
                failure(new AssertionError("error"), UNEXPECTED),
                failure(new NoClassDefFoundError("io/netty/Nothing"), UNEXPECTED));
    }

    private static Arguments failure(Throwable actual, String message) {
        return arguments(named(actual.getClass().getSimpleName() + ": " + actual.getMessage(), actual), message);
    }

    private static Throwable caused(Throwable failure, Throwable cause) {
        return failure.initCause(cause);
    }

    @ParameterizedTest
    @MethodSource("transient_failures")
    void a_transient_failure_is_a_transport_exception_with_its_cause(Throwable actual, String message) {
        assertThat(Failures.classify(actual))
                .isInstanceOf(TransportException.class)
                .hasMessageContaining(message)
                .satisfies(failure -> assertThat(failure.getCause()).isSameAs(actual))
                .matches(ClickatellException::isTransient, "is transient");
    }

    @ParameterizedTest
    @MethodSource("permanent_failures")
    void a_permanent_failure_is_a_transport_exception_with_its_cause(Throwable actual, String message) {
        assertThat(Failures.classify(actual))
                .isInstanceOf(TransportException.class)
                .hasMessageContaining(message)
                .satisfies(failure -> assertThat(failure.getCause()).isSameAs(actual))
                .matches(failure -> !failure.isTransient(), "is permanent");
    }

    // Proxies

    @ParameterizedTest
    @CsvSource({
        "status: 403 Forbidden, 403, false",
        "status: 404 Not Found, 404, false",
        "status: 407 Proxy Authentication Required, 407, false",
        "status: 408 Request Timeout, 408, true",
        "status: 425 Too Early, 425, true",
        "status: 429 Too Many Requests, 429, true",
        "status: 500 Internal Server Error, 500, true",
        "status: 502 Bad Gateway, 502, true",
        "status: 599, 599, true",
        "status: 302 Found, 302, false",
        "status: 407 status: 503, 407, false"
    })
    void the_status_of_a_proxy_decides(String reply, int status, boolean isTransient) {
        assertThat(Failures.classify(proxyReplied(reply)))
                .isInstanceOf(TransportException.class)
                .hasMessageContaining(PROXY_REFUSED)
                .hasMessageContaining("with status " + status + ":")
                .matches(failure -> failure.isTransient() == isTransient, isTransient ? "transient" : "permanent");
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(strings = {"missing response", "status: ", "status: abc", "status: 40", "status: 5030"})
    void an_unreadable_status_of_a_proxy_is_permanent(@Nullable String reply) {
        assertThat(Failures.classify(proxyReplied(reply)))
                .isInstanceOf(TransportException.class)
                .hasMessageContaining(PROXY_REFUSED)
                .hasMessageNotContaining("status")
                .matches(failure -> !failure.isTransient(), "is permanent");
    }

    static Stream<Named<UnaryOperator<Throwable>>> wrappers() {
        return Stream.of(
                named("none", refusal -> refusal),
                named("IOException", IOException::new),
                named("DecoderException", DecoderException::new),
                named("TLS handshake", refusal -> caused(new SSLHandshakeException("closed"), refusal)),
                named(
                        "TLS handshake in a DecoderException",
                        refusal -> new DecoderException(caused(new SSLHandshakeException("closed"), refusal))),
                named("ProxyConnectException", refusal -> new ProxyConnectException("http", refusal)));
    }

    @ParameterizedTest
    @MethodSource("wrappers")
    void the_text_of_a_proxy_is_in_no_message_and_no_cause(UnaryOperator<Throwable> wrapper) {
        Throwable refusal = proxyReplied("status: 407 canary");
        refusal.addSuppressed(new IllegalStateException("canary"));
        ClickatellException failure = Failures.classify(wrapper.apply(refusal));

        assertThat(failure)
                .isInstanceOf(TransportException.class)
                .hasMessageContaining(PROXY_REFUSED)
                .hasMessageContaining("with status 407")
                .matches(it -> !it.isTransient(), "is permanent")
                .hasStackTraceContaining(HttpProxyConnectException.class.getName());
        assertThat(stackTrace(failure)).doesNotContain("canary");
    }

    @Test
    void a_proxy_without_a_reply_is_a_transient_failure_without_its_text() {
        Throwable noReply = new ProxyConnectException("http, none, canary, timeout");
        for (Throwable failure : List.of(noReply, caused(new SSLHandshakeException("closed"), noReply))) {
            ClickatellException classified = Failures.classify(failure);

            assertThat(classified)
                    .isInstanceOf(TransportException.class)
                    .hasMessageContaining(PROXY_DOWN)
                    .matches(ClickatellException::isTransient);
            assertThat(stackTrace(classified)).doesNotContain("canary");
        }
    }

    private static Throwable proxyReplied(@Nullable String reply) {
        return new HttpProxyConnectException(reply == null ? null : "http, basic, proxy => host, " + reply, null);
    }

    private static String stackTrace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    // Other failures

    @ParameterizedTest
    @MethodSource("unexpected_failures")
    void an_unexpected_failure_is_permanent_and_keeps_type_and_stack_trace_but_no_message(
            Throwable actual, String message) {
        ClickatellException failure = Failures.classify(actual);

        assertThat(failure)
                .isInstanceOf(TransportException.class)
                .hasMessageContaining(message)
                .hasMessageContaining(actual.getClass().getName())
                .matches(it -> !it.isTransient(), "is permanent")
                .cause()
                .hasMessage(actual.getClass().getName())
                .satisfies(cause -> assertThat(cause.getStackTrace()).isEqualTo(actual.getStackTrace()));
    }

    /** {@link ReplyGuard} gives such an exception if Netty cannot decode a reply. */
    @Test
    void a_reply_that_is_not_http_is_malformed() {
        assertThat(Failures.classify(RedactedFailure.of(new NumberFormatException("canary"))))
                .isInstanceOf(MalformedReplyException.class)
                .hasMessageContaining("it is not HTTP (java.lang.NumberFormatException)")
                .hasMessageNotContaining("canary");
    }

    @Test
    void a_clickatell_exception_is_returned_as_it_is() {
        ClickatellException ours = new HttpStatusException(503, "", null);

        assertThat(Failures.classify(ours)).isSameAs(ours);
    }

    @Test
    void exceptions_that_reactor_wrapped_are_unwrapped() {
        ClickatellException ours = new HttpStatusException(503, "", null);
        IOException io = new IOException("reset");

        assertThat(Failures.classify(Exceptions.propagate(ours))).isSameAs(ours);
        assertThat(Failures.classify(Exceptions.propagate(io))).hasCause(io).matches(ClickatellException::isTransient);
    }

    @Test
    void a_circle_of_causes_is_cut_off() {
        Exception one = new Exception("one");
        one.initCause(new Exception("other", one));

        assertThat(Failures.classify(one)).hasMessageContaining("java.lang.Exception");
    }

    /** An application may have excluded the jar of a class, or may have renamed its package. */
    @ParameterizedTest
    @ValueSource(strings = {"io.netty.handler.proxy.", "reactor.netty.internal.shaded."})
    void missing_classes_do_not_break_the_classification(String missing) throws ReflectiveOperationException {
        Method classify = new IncompleteClassPath(missing)
                .loadClass(Failures.class.getName())
                .getDeclaredMethod("classify", Throwable.class);
        classify.setAccessible(true);
        List<Throwable> failures = List.of(
                new IOException("reset"),
                new ConnectException("refused"),
                new SSLHandshakeException("PKIX"),
                ReadTimeoutException.INSTANCE,
                new IllegalStateException("state"));

        for (Throwable failure : failures) {
            assertThat(classify.invoke(null, failure)).isInstanceOf(TransportException.class);
        }
    }

    // Intervention

    static Stream<Arguments> kinds_of_failures() {
        Stream<Arguments> kinds = Stream.of(
                arguments(new ApiErrorException("001", "Authentication failed", "", false, null), true),
                arguments(new ApiErrorException("901", "Internal error", "", true, null), false),
                arguments(new MalformedReplyException("it is empty", ""), false),
                arguments(new TransportException("TLS", false, null), true),
                arguments(new TransportException("reset", true, null), false),
                arguments(new ClientClosedException(), true));
        Stream<Arguments> withStatus = Stream.concat(
                IntStream.of(400, 401, 402, 403, 404, 405, 407, 410, 451, 499)
                        .mapToObj(status -> arguments(new HttpStatusException(status, "", null), true)),
                IntStream.of(100, 201, 204, 206, 301, 302, 304, 307, 399, 408, 425, 429, 500, 503, 599, 600, 999)
                        .mapToObj(status -> arguments(new HttpStatusException(status, "", null), false)));
        return Stream.concat(kinds, withStatus);
    }

    @ParameterizedTest
    @MethodSource("kinds_of_failures")
    void api_errors_refusals_and_other_statuses_4xx_need_intervention(ClickatellException failure, boolean expected) {
        assertThat(failure.needsIntervention()).isEqualTo(expected);
    }

    /** Loads the classes of this package again, and does not find those whose names start with a prefix. */
    private static final class IncompleteClassPath extends ClassLoader {
        private final String missing;

        IncompleteClassPath(String missing) {
            super(FailuresTest.class.getClassLoader());
            this.missing = missing;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith(missing)) {
                throw new ClassNotFoundException(name);
            }
            if (!name.startsWith(FailuresTest.class.getPackageName() + ".")) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            return loaded == null ? define(name) : loaded;
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream file = getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (file == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = file.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
