package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.TransportException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** No connection to the server: there is no route to it, or it refuses the client by a TLS alert. */
@Tag("transport")
class ConnectFailureTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final RetryPolicy TWO_RETRIES = RetryPolicy.backoff(2, Duration.ofMillis(1), Duration.ofMillis(1));
    private static final int ATTEMPTS = 3;

    private static final String NO_ROUTE = "(?is).*(no route|unreachable).*";

    /**
     * The broadcast address of the loopback interface. Linux refuses a TCP connection to it at once with ENETUNREACH. No
     * packet is sent.
     */
    private static final String UNREACHABLE = "127.255.255.255";

    private static BalanceClient.Builder client(String baseUrl) {
        return BalanceClient.builder(Protocol.HTTP.api())
                .baseUrl(baseUrl)
                .allowPlainHttp()
                .connectTimeout(TIMEOUT)
                .attemptTimeout(TIMEOUT)
                .retry(TWO_RETRIES);
    }

    private static ClickatellException failure(BalanceClient.Builder builder) {
        try (BalanceClient client = builder.build()) {
            Throwable failure = catchThrowable(() -> client.balance().block(TIMEOUT));
            assertThat(failure).isInstanceOf(TransportException.class);
            return (ClickatellException) failure;
        }
    }

    private static int attempts(ClickatellException failure) {
        return 1
                + (int) Stream.of(failure.getSuppressed())
                        .filter(ClickatellException.class::isInstance)
                        .count();
    }

    // No route

    /** Another system may answer such an address by another error, or by none. */
    private static boolean isUnreachable() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(UNREACHABLE, 80), 1000);
            return false;
        } catch (ConnectException e) {
            return false;
        } catch (SocketException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Here epoll throws a {@code NoRouteToHostException} and NIO a plain {@code SocketException}, both in a subclass of
     * Netty's with the original as the cause.
     */
    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void a_network_that_cannot_be_reached_is_named_and_tried_again(String scheme) {
        assumeTrue(isUnreachable(), "this system has no address that is unreachable without a packet");

        ClickatellException failure = failure(client(scheme + "://" + UNREACHABLE));

        assertThat(failure.getMessage()).matches(NO_ROUTE);
        assertThat(failure.isTransient()).isTrue();
        assertThat(attempts(failure)).isEqualTo(ATTEMPTS);
        assertThat(failure).hasCauseInstanceOf(SocketException.class);
    }

    /** Fails each attempt to connect, and sends nothing. */
    private static HttpClient failingToConnect(Supplier<Throwable> failure) {
        return HttpClient.create(ConnectionProvider.newConnection())
                .doOnChannelInit((observer, channel, address) -> channel.pipeline()
                        .addFirst(new ChannelOutboundHandlerAdapter() {
                            @Override
                            public void connect(
                                    ChannelHandlerContext context,
                                    SocketAddress remote,
                                    @Nullable SocketAddress local,
                                    ChannelPromise promise) {
                                promise.setFailure(failure.get());
                            }
                        }));
    }

    /** Epoll's exception has no message. NIO's message comes from the system. */
    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"No route to host", "Keine Route zum Zielrechner"})
    void a_host_without_a_route_is_named_and_tried_again(@Nullable String message) {
        for (String scheme : new String[] {"http", "https"}) {
            ClickatellException failure = failure(client(scheme + "://127.0.0.1")
                    .httpClient(failingToConnect(() -> new NoRouteToHostException(message))));

            assertThat(failure.getMessage()).matches(NO_ROUTE);
            assertThat(failure.isTransient()).isTrue();
            assertThat(attempts(failure)).isEqualTo(ATTEMPTS);
            assertThat(failure).hasCauseInstanceOf(NoRouteToHostException.class);
        }
    }

    // A TLS alert

    /** A TLS server that wants a certificate of the client. It counts connections. */
    private static final class ServerForCertifiedClients implements AutoCloseable {
        private final ServerSocket listener;
        // Made before any client, since it changes the trust store.
        private final SSLContext context = TestCertificate.GOOD.context();
        private final String protocol;
        private final Set<Socket> open = ConcurrentHashMap.newKeySet();
        private final AtomicInteger connections = new AtomicInteger();

        ServerForCertifiedClients(String protocol) throws IOException {
            this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            this.protocol = protocol;
            inBackground(this::accept);
        }

        String url() {
            return "https://127.0.0.1:" + listener.getLocalPort();
        }

        int connections() {
            return connections.get();
        }

        private void accept() {
            try {
                while (true) {
                    Socket socket = listener.accept();
                    open.add(socket);
                    connections.incrementAndGet();
                    inBackground(() -> play(socket));
                }
            } catch (IOException e) {
                // This server was closed.
            }
        }

        private void play(Socket plain) {
            try (plain) {
                plain.setSoTimeout(Math.toIntExact(TIMEOUT.toMillis()));
                // The TCP connection stays open after the alert: an RST could overtake it.
                SSLSocket tls =
                        (SSLSocket) context.getSocketFactory().createSocket(plain, null, plain.getPort(), false);
                tls.setUseClientMode(false);
                tls.setNeedClientAuth(true);
                tls.setEnabledProtocols(new String[] {protocol});
                try {
                    tls.startHandshake();
                } catch (SSLException e) {
                    // The client has no certificate. It got the alert.
                }
                plain.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // The client or this server has closed the connection.
            }
        }

        private static void inBackground(Runnable job) {
            Thread thread = new Thread(job, "server-for-certified-clients");
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void close() {
            try {
                listener.close();
                for (Socket socket : open) {
                    socket.close();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /**
     * In TLS 1.3 the client's handshake is complete before the server has seen that there is no certificate: the alert
     * comes in place of the reply. In TLS 1.2 the alert comes within the handshake.
     */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void a_server_that_wants_a_client_certificate_is_asked_once(String protocol) throws IOException {
        try (ServerForCertifiedClients server = new ServerForCertifiedClients(protocol)) {
            ClickatellException failure = failure(client(server.url()));

            assertThat(failure.getMessage())
                    .contains("TLS")
                    .containsIgnoringCase("client certificate")
                    .doesNotContain("HTTP");
            assertThat(failure.isTransient()).isFalse();
            assertThat(attempts(failure)).isEqualTo(1);
            assertThat(server.connections()).isEqualTo(1);
        }
    }
}
