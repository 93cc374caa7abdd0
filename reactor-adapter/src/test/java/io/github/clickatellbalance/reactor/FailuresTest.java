package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.TransportException;
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
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Exceptions;
import reactor.netty.channel.AbortedException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;

/** The exceptions that Netty, Reactor Netty and the JDK are known to throw, by their real types. */
class FailuresTest {
    private static final String BROKE = "broke before the reply was complete";
    private static final String TIME_LIMIT = "time limit of the HTTP client's or its pool's";
    private static final String NO_TRUST = "no trust in the server";
    private static final String UNFORESEEN = "unforeseen";

    /** The real class and how its message looks; texts of other transports and platforms must not matter. */
    static Stream<Arguments> failures_that_may_pass() {
        Stream<Arguments> everywhere = Stream.of(
                failure(new ConnectTimeoutException("connection timed out after 5000 ms"), "connect timeout"),
                failure(
                        new SslHandshakeTimeoutException("handshake timed out after 5000ms"),
                        "TLS handshake did not end"),
                failure(caused(new SSLException("closed"), new ClosedChannelException()), "within the TLS handshake"),
                failure(
                        caused(new SSLHandshakeException("closed"), new ClosedChannelException()),
                        "within the TLS handshake"),
                failure(new UnknownHostException("Failed to resolve 'gateway.example'"), "no address"),
                failure(new ConnectException("Connection refused"), "refused"),
                failure(new SocketException("Connection reset"), BROKE),
                failure(new SocketException("An existing connection was forcibly closed by the remote host"), BROKE),
                failure(new NoRouteToHostException("No route to host"), BROKE),
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
                failure(new PoolAcquirePendingLimitException(1), "no room"),
                failure(new ProxyConnectException("http, none, timeout"), "The proxy did not let"));
        // Looking for epoll loads its library, without which its exceptions cannot be made.
        Stream<Arguments> onEpoll = Epoll.isAvailable()
                ? Stream.of(
                        failure(new Errors.NativeIoException("sendAddress(..)", -32), BROKE),
                        failure(new Errors.NativeIoException("recvAddress(..)", -104), BROKE))
                : Stream.empty();
        return Stream.concat(everywhere, onEpoll);
    }

    static Stream<Arguments> failures_that_last() {
        return Stream.of(
                failure(new SSLException("unsupported"), NO_TRUST),
                failure(new SSLHandshakeException("Received fatal alert: handshake_failure"), NO_TRUST),
                failure(caused(new SSLHandshakeException("PKIX"), new CertificateException("PKIX")), NO_TRUST),
                failure(caused(new SSLHandshakeException("expired"), new CertificateExpiredException()), NO_TRUST),
                failure(new SSLPeerUnverifiedException("no such name"), NO_TRUST),
                failure(new NotSslRecordException("not an SSL/TLS record: 485454502f"), NO_TRUST));
    }

    static Stream<Arguments> failures_of_unknown_kind() {
        return Stream.of(
                failure(new DecoderException("garbage"), UNFORESEEN),
                failure(new IllegalArgumentException("invalid version format: GARBAGE"), UNFORESEEN),
                failure(new IllegalStateException("state"), UNFORESEEN),
                failure(new NoSuchElementException("Source was empty"), UNFORESEEN),
                failure(new RejectedExecutionException("shut down"), "A scheduler takes no more tasks"),
                failure(new RuntimeException(new IOException("wrapped by somebody")), UNFORESEEN),
                failure(new InterruptedException("interrupted"), UNFORESEEN),
                failure(new Exception("checked"), UNFORESEEN),
                failure(new AssertionError("error"), UNFORESEEN),
                failure(new NoClassDefFoundError("io/netty/Nothing"), UNFORESEEN));
    }

    private static Arguments failure(Throwable met, String message) {
        return arguments(named(met.getClass().getSimpleName() + ": " + met.getMessage(), met), message);
    }

    private static Throwable caused(Throwable failure, Throwable cause) {
        return failure.initCause(cause);
    }

    @ParameterizedTest
    @MethodSource("failures_that_may_pass")
    void may_pass(Throwable met, String message) {
        assertThat(Failures.classify(met))
                .isInstanceOf(TransportException.class)
                .hasMessageContaining(message)
                .satisfies(failure -> assertThat(failure.getCause()).isSameAs(met))
                .matches(ClickatellException::isTransient, "is transient");
    }

    @ParameterizedTest
    @MethodSource("failures_that_last")
    void lasts(Throwable met, String message) {
        assertThat(Failures.classify(met))
                .isInstanceOf(TransportException.class)
                .hasMessageContaining(message)
                .satisfies(failure -> assertThat(failure.getCause()).isSameAs(met))
                .matches(failure -> !failure.isTransient(), "is permanent");
    }

    @Test
    void of_a_proxy_that_refuses_no_words_are_kept() {
        assertThat(Failures.classify(new HttpProxyConnectException("http, basic, status: 407 canary", null)))
                .isInstanceOf(TransportException.class)
                .hasMessageContaining("The proxy refused")
                .matches(failure -> !failure.isTransient(), "is permanent")
                .hasStackTraceContaining(HttpProxyConnectException.class.getName())
                .satisfies(failure -> assertThat(failure.getCause()).hasMessageNotContaining("canary"));
    }

    @ParameterizedTest
    @MethodSource("failures_of_unknown_kind")
    void of_an_unknown_kind_the_type_and_the_place_are_kept_but_not_the_words(Throwable met, String message) {
        ClickatellException failure = Failures.classify(met);

        assertThat(failure)
                .isInstanceOf(TransportException.class)
                .hasMessageContaining(message)
                .hasMessageContaining(met.getClass().getName())
                .matches(it -> !it.isTransient(), "is permanent")
                .cause()
                .hasMessage(met.getClass().getName())
                .satisfies(cause -> assertThat(cause.getStackTrace()).isEqualTo(met.getStackTrace()));
    }

    @Test
    void ours_stay_as_they_are() {
        ClickatellException ours = new HttpStatusException(503, "", null);

        assertThat(Failures.classify(ours)).isSameAs(ours);
    }

    @Test
    void what_reactor_wraps_is_unwrapped() {
        ClickatellException ours = new HttpStatusException(503, "", null);
        IOException io = new IOException("reset");

        assertThat(Failures.classify(Exceptions.propagate(ours))).isSameAs(ours);
        assertThat(Failures.classify(Exceptions.propagate(io))).hasCause(io).matches(ClickatellException::isTransient);
    }

    @Test
    void a_chain_of_causes_without_end_is_cut_off() {
        Exception one = new Exception("one");
        one.initCause(new Exception("other", one));

        assertThat(Failures.classify(one)).hasMessageContaining("java.lang.Exception");
    }
}
