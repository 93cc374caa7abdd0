package io.github.clickatellbalance.reactor;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.clickatellbalance.protocol.ApiReply;
import io.github.clickatellbalance.protocol.ApiRequest;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.Connection;
import reactor.netty.NettyOutbound;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;

/** Carries requests over HTTP/1.1 with Reactor Netty. */
final class NettyExchange implements Exchange {
    /** Enough for a thousand calls at once within their deadlines; idle, they cost nothing. */
    private static final int MAX_CONNECTIONS = 64;
    /** Below the five seconds after which common servers drop an idle connection (reactor-netty issue 1764). */
    private static final Duration MAX_IDLE = Duration.ofSeconds(4);
    /** So that a change of the server's address is noticed. */
    private static final Duration MAX_LIFE = Duration.ofMinutes(5);

    private final HttpClient client;
    private final URI baseUrl;
    private final Clock clock;
    private final Runnable closing;

    private NettyExchange(HttpClient client, URI baseUrl, Clock clock, Runnable closing) {
        // Hidden retries would make attempts uncountable (reactor-netty issue 2559); redirects would carry secrets
        // away.
        // A compressed reply that ends early is no error to Netty: half a balance would be a balance.
        this.client =
                client.disableRetry(true).followRedirect(false).compress(false).doOnChannelInit(ReplyGuard.INSTALLER);
        this.baseUrl = baseUrl;
        this.clock = clock;
        this.closing = closing;
    }

    /** Over a client that belongs to the application. */
    static NettyExchange over(HttpClient client, URI baseUrl, Clock clock) {
        return new NettyExchange(client, baseUrl, clock, () -> {});
    }

    /** Over a small pool of its own, last in, first out, so that idle connections can age and go. */
    static NettyExchange withOwnPool(URI baseUrl, Duration connectTimeout, Clock clock) {
        ConnectionProvider pool = ConnectionProvider.builder("clickatell-balance")
                .maxConnections(MAX_CONNECTIONS)
                .pendingAcquireMaxCount(-1) // waiting callers are bounded by the deadline of their attempt
                .lifo()
                .maxIdleTime(MAX_IDLE)
                .maxLifeTime(MAX_LIFE)
                .evictInBackground(MAX_IDLE.dividedBy(2))
                .build();
        HttpClient client = HttpClient.create(pool)
                .headers(headers -> headers.set(HttpHeaderNames.USER_AGENT, userAgent()))
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) connectTimeout.toMillis());
        boolean isTls = "https".equalsIgnoreCase(baseUrl.getScheme());
        return new NettyExchange(
                isTls ? client.secure(tls -> tls.sslContext(jdkTrust()).handshakeTimeout(connectTimeout)) : client,
                baseUrl,
                clock,
                pool::dispose);
    }

    private static GenericSslContextSpec<SslContextBuilder> jdkTrust() {
        return Http11SslContextSpec.forClient();
    }

    private static String userAgent() {
        String version = NettyExchange.class.getPackage().getImplementationVersion();
        return version == null ? "clickatell-balance" : "clickatell-balance/" + version;
    }

    @Override
    public Flux<ApiReply> send(ApiRequest request) {
        return client.request(HttpMethod.valueOf(request.method()))
                .uri(baseUrl + request.path())
                .send((http, outbound) -> write(request, http, outbound))
                .response(this::read)
                // Cancelled between the reply's head and its reader, Reactor Netty leaves the connection to nobody.
                .doOnDiscard(Connection.class, Connection::dispose);
    }

    private static Publisher<Void> write(ApiRequest request, HttpClientRequest http, NettyOutbound outbound) {
        request.headers().forEach(http::header);
        return request.body().isEmpty() // sent as a body of no bytes, a GET would be chunked
                ? outbound
                : outbound.send(Mono.fromSupplier(
                        () -> Unpooled.wrappedBuffer(request.body().getBytes(US_ASCII))));
    }

    /** Reads until the body ends or is too long to be a balance; then the connection is cut. */
    private Mono<ApiReply> read(HttpClientResponse response, ByteBufFlux content) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        return content.asByteArray()
                .doOnNext(body::writeBytes)
                .takeUntil(chunk -> body.size() > ApiReply.MAX_BODY_BYTES)
                .then(Mono.fromSupplier(() -> new ApiReply(
                        response.status().code(),
                        body.toByteArray(),
                        clock.instant(),
                        RetryAfter.of(response.responseHeaders(), clock))));
    }

    @Override
    public void close() {
        closing.run();
    }
}
