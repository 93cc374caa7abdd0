package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.TransportException;
import io.netty.channel.ChannelException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.ssl.SslClosedEngineException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.handler.timeout.TimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.netty.channel.AbortedException;

/**
 * Classifies every failure, by type and not by message: messages differ between transports (epoll's {@code
 * NativeIoException}, NIO's {@code SocketException}), platforms and versions. An unknown failure is permanent.
 */
final class Failures {
    // Some classes by name, since an application may have excluded the jar, or the package may be renamed.
    private static final String PROXY = "io.netty.handler.proxy.ProxyConnectException";
    private static final String HTTP_PROXY = "io.netty.handler.proxy.HttpProxyHandler$HttpProxyConnectException";

    /** Netty has the status of a proxy's reply to CONNECT only in its message, before the proxy's own text. */
    private static final Pattern PROXY_STATUS = Pattern.compile(", status: (?:([0-9]{3})(?![0-9]))?");

    private static final Pattern SOCKS_REFUSAL =
            Pattern.compile(", (?:unexpected authMethod|authStatus|status: FORBIDDEN)");

    private static final String BROKEN = "The connection broke before the reply was complete";
    private static final String NO_ROUTE = "There is no route to the host: check the network and the base URL";
    private static final String TIME_LIMIT = "A time limit of the HTTP client or its pool has passed: see the cause";

    /** Transient failures; the first row that fits counts. */
    private static final List<Row> TRANSIENT = List.of(
            new Row(
                    "reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException",
                    "The HTTP client's pool has no room for another waiting call"),
            new Row(
                    ConnectTimeoutException.class,
                    "There was no TCP connection within the connect timeout: check host, port and firewall"),
            new Row(
                    SslHandshakeTimeoutException.class,
                    "The TLS handshake did not end within its time limit: the gateway or the network stalls"),
            new Row(UnknownHostException.class, "The host name has no address: check the base URL and DNS"),
            new Row(
                    UnresolvedAddressException.class,
                    "The host name of the proxy has no address: check the proxy and DNS"),
            new Row(NoRouteToHostException.class, NO_ROUTE),
            // NIO's for an unreachable network; epoll's is the one before.
            new Row("io.netty.channel.AbstractChannel$AnnotatedSocketException", NO_ROUTE),
            new Row(
                    ConnectException.class,
                    "The connection was refused: check the base URL, and whether the gateway is up"),
            // Netty's timeouts extend neither IOException nor the JDK's TimeoutException.
            new Row(TimeoutException.class, TIME_LIMIT),
            new Row(java.util.concurrent.TimeoutException.class, TIME_LIMIT),
            new Row(IOException.class, BROKEN),
            new Row(ChannelException.class, "No socket could be opened: check the limit of open files"),
            new Row(AbortedException.class, BROKEN),
            new Row(PrematureChannelClosureException.class, BROKEN));

    /** A chain of causes may be a cycle. */
    private static final int MAX_DEPTH = 20;

    private record Row(String type, String message) {
        Row(Class<? extends Exception> type, String message) {
            this(type.getName(), message);
        }
    }

    private Failures() {}

    /** The failure of an exchange: an event loop that accepts no more tasks was disposed of, with its connections. */
    static ClickatellException ofExchange(Throwable failure) {
        return failure instanceof RejectedExecutionException
                ? new TransportException(BROKEN, true, failure)
                : classify(failure);
    }

    static ClickatellException classify(Throwable failure) {
        Throwable actual = Exceptions.unwrap(failure);
        if (actual instanceof ClickatellException ours) {
            return ours;
        }
        if (actual instanceof RedactedFailure) { // of ReplyGuard: Netty's decoder could not read the reply
            return new MalformedReplyException("it is not HTTP (" + actual.getMessage() + ")", "");
        }
        Throwable refusal = find(actual, cause -> isA(cause, HTTP_PROXY));
        Throwable proxy = refusal != null ? refusal : find(actual, cause -> isA(cause, PROXY));
        if (proxy != null) { // with an https:// base URL it is the cause of a failed TLS handshake
            return proxyFailed(proxy, actual);
        }
        Throwable tls = find(actual, SSLException.class::isInstance);
        boolean isTlsTransient = tls instanceof SslClosedEngineException || tls instanceof SslHandshakeTimeoutException;
        if (tls != null && !isTlsTransient) {
            return tlsFailed(tls, actual);
        }
        for (Row row : TRANSIENT) {
            if (isA(actual, row.type)) {
                return new TransportException(row.message, true, actual);
            }
        }
        return unforeseen(actual);
    }

    /** Without the message of the failure, which quotes the proxy. */
    private static ClickatellException proxyFailed(Throwable proxy, Throwable actual) {
        String message = String.valueOf(proxy.getMessage());
        RedactedFailure redacted = RedactedFailure.of(actual);
        if (!isA(proxy, HTTP_PROXY) && !SOCKS_REFUSAL.matcher(message).find()) {
            return new TransportException("The proxy did not connect: check whether it is up", true, redacted);
        }
        Matcher matcher = PROXY_STATUS.matcher(message);
        String digits = matcher.find() ? matcher.group(1) : null;
        boolean isTransient = digits != null && HttpStatusException.isTransient(Integer.parseInt(digits));
        return new TransportException(
                "The proxy refused to connect to the gateway" + (digits == null ? "" : ", with status " + digits)
                        + (isTransient
                                ? ": try again later"
                                : ": check its address, user name and password, and whether it allows this host"),
                isTransient,
                redacted);
    }

    private static ClickatellException tlsFailed(Throwable tls, Throwable actual) {
        boolean isCutOff = tls.getCause() instanceof IOException && !(tls.getCause() instanceof SSLException);
        return new TransportException(
                isCutOff
                        ? "The connection was closed within the TLS handshake"
                        : "TLS failed: the server is not trusted, or it refused. Check the base URL, the host name, issuer "
                                + "and date of its certificate, whether this port speaks TLS, and whether it needs a client "
                                + "certificate",
                isCutOff,
                actual);
    }

    private static ClickatellException unforeseen(Throwable actual) {
        RedactedFailure redacted = RedactedFailure.of(actual);
        String message = actual instanceof RejectedExecutionException
                ? "A scheduler accepts no more tasks: it was shut down, or has too many"
                : "There was an unexpected failure: see the cause";
        return new TransportException(message + " (" + redacted.getMessage() + ")", false, redacted);
    }

    private static @Nullable Throwable find(Throwable failure, Predicate<Throwable> condition) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .limit(MAX_DEPTH)
                .filter(condition)
                .findFirst()
                .orElse(null);
    }

    private static boolean isA(Throwable failure, String className) {
        return Stream.<Class<?>>iterate(failure.getClass(), Objects::nonNull, Class::getSuperclass)
                .anyMatch(type -> type.getName().equals(className));
    }
}
