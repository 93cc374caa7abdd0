package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.TransportException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.proxy.HttpProxyHandler.HttpProxyConnectException;
import io.netty.handler.proxy.ProxyConnectException;
import io.netty.handler.ssl.SslClosedEngineException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.handler.timeout.WriteTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import reactor.core.Exceptions;
import reactor.netty.channel.AbortedException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;

/**
 * Makes one of ours of every failure, by type and never by message text: texts differ between transports (epoll's {@code
 * NativeIoException}, NIO's {@code SocketException}), platforms and versions. What is unknown is permanent.
 */
final class Failures {
    private Failures() {}

    static ClickatellException classify(Throwable failure) {
        Throwable met = Exceptions.unwrap(failure);
        if (met instanceof ClickatellException ours) {
            return ours;
        }
        if (met instanceof ConnectTimeoutException) {
            return passing(
                    "No TCP connection came about within the connect timeout: check host, port and firewall", met);
        }
        if (met instanceof SslHandshakeTimeoutException) {
            return passing(
                    "The TLS handshake did not end within its time limit: the gateway or the way there stalls", met);
        }
        if (met instanceof SSLException && !(met instanceof SslClosedEngineException)) {
            return met.getCause() instanceof IOException && !(met.getCause() instanceof SSLException)
                    ? passing("The connection was closed within the TLS handshake", met)
                    : lasting(
                            "There is no trust in the server: check the base URL, the certificate's host name, issuer and "
                                    + "date, and whether this port speaks TLS",
                            met);
        }
        if (met instanceof UnknownHostException) {
            return passing("The host name has no address: check the base URL and DNS", met);
        }
        if (met instanceof HttpProxyConnectException) {
            // Without the words: they are the proxy's.
            return lasting(
                    "The proxy refused the connection: check its address, user name and password, and that it lets this "
                            + "host through",
                    UnknownFailure.of(met));
        }
        if (met instanceof ProxyConnectException) {
            return passing("The proxy did not let the connection through: check whether it is up", met);
        }
        if (met instanceof ConnectException) {
            return passing("The connection was refused: check the base URL, and whether the gateway is up", met);
        }
        if (met instanceof PoolAcquirePendingLimitException) {
            return passing(
                    "The HTTP client's connection pool has no room for one more waiting call: see its limits", met);
        }
        // Netty's timeouts are neither IOExceptions nor the JDK's TimeoutException. What passes here are limits of an
        // HttpClient or a pool that the application brought.
        if (met instanceof ReadTimeoutException
                || met instanceof WriteTimeoutException
                || met instanceof TimeoutException) {
            return passing("A time limit of the HTTP client's or its pool's passed: see the cause", met);
        }
        if (met instanceof IOException
                || met instanceof AbortedException
                || met instanceof PrematureChannelClosureException) {
            return passing("The connection broke before the reply was complete", met);
        }
        UnknownFailure wordless = UnknownFailure.of(met);
        if (met instanceof RejectedExecutionException) {
            return lasting(
                    "A scheduler takes no more tasks (" + wordless.getMessage() + "): it was shut down or has too many",
                    wordless);
        }
        return lasting(
                "The reply was no HTTP, or something unforeseen went wrong ("
                        + wordless.getMessage()
                        + "): check the base URL, and what stands between here and there; see the cause",
                wordless);
    }

    private static TransportException passing(String message, Throwable cause) {
        return new TransportException(message, true, cause);
    }

    private static TransportException lasting(String message, Throwable cause) {
        return new TransportException(message, false, cause);
    }
}
