package io.github.clickatellbalance.reactor;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.clickatellbalance.ApiReply;
import io.github.clickatellbalance.ApiRequest;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.ByteBufFlux;
import reactor.netty.NettyOutbound;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.HttpResources;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;

/** HTTP/1.1 with Reactor Netty. */
final class NettyExchange implements Exchange {
    /** Enough for a thousand concurrent calls within their deadlines. */
    private static final int MAX_CONNECTIONS = 64;
    /** Below the five seconds after which common servers drop an idle connection (reactor-netty issue 1764). */
    private static final Duration MAX_IDLE = Duration.ofSeconds(4);
    /** A new connection uses the server's current address. */
    private static final Duration MAX_LIFE = Duration.ofMinutes(5);

    private final HttpClient client;
    private final boolean hasSharedResolver;
    private final URI baseUrl;
    private final Clock clock;
    private final Runnable closing;

    private NettyExchange(HttpClient client, boolean hasSharedResolver, URI baseUrl, Clock clock, Runnable closing) {
        // Reactor Netty's own retry would be an attempt that is not counted (reactor-netty issue 2559). A redirect
        // would send secrets to another server. Netty accepts a compressed reply that ends early: a part of an amount.
        this.client = ReplyGuard.installOn(
                client.disableRetry(true).followRedirect(false).compress(false));
        this.hasSharedResolver = hasSharedResolver;
        this.baseUrl = baseUrl;
        this.clock = clock;
        this.closing = closing;
    }

    /** With a client of the application. */
    static NettyExchange over(HttpClient client, @Nullable Duration connectTimeout, URI baseUrl, Clock clock) {
        return new NettyExchange(
                connectTimeout == null ? client : withConnectTimeout(client, connectTimeout),
                false,
                baseUrl,
                clock,
                () -> {});
    }

    /** With a small pool of its own: last in, first out, so that idle connections reach their age limit. */
    static NettyExchange withOwnPool(URI baseUrl, Duration connectTimeout, Clock clock) {
        ConnectionProvider pool = ConnectionProvider.builder("clickatell-balance")
                .maxConnections(MAX_CONNECTIONS)
                // Waiting calls are bounded by the deadline of their attempt.
                .pendingAcquireMaxCount(-1)
                .pendingAcquireTimeout(Duration.ZERO)
                .lifo()
                .maxIdleTime(MAX_IDLE)
                .maxLifeTime(MAX_LIFE)
                .evictInBackground(MAX_IDLE.dividedBy(2))
                .build();
        HttpClient client =
                HttpClient.create(pool).headers(headers -> headers.set(HttpHeaderNames.USER_AGENT, userAgent()));
        boolean isTls = "https".equalsIgnoreCase(baseUrl.getScheme());
        return new NettyExchange(
                withConnectTimeout(
                        isTls
                                ? client.secure(
                                        tls -> tls.sslContext(jdkTrust()).handshakeTimeout(connectTimeout))
                                : client,
                        connectTimeout),
                true,
                baseUrl,
                clock,
                // Connections of event loops that were disposed of cannot be closed any more.
                () -> pool.disposeLater()
                        .onErrorComplete(RejectedExecutionException.class)
                        .subscribe());
    }

    private static HttpClient withConnectTimeout(HttpClient client, Duration timeout) {
        return client.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis());
    }

    private static GenericSslContextSpec<SslContextBuilder> jdkTrust() {
        return Http11SslContextSpec.forClient();
    }

    private static String userAgent() {
        String version = version();
        return version == null ? "clickatell-balance" : "clickatell-balance/" + version;
    }

    /** The JDK reads a jar's manifest on the class path only; on the module path the descriptor has the version. */
    private static @Nullable String version() {
        Class<?> type = NettyExchange.class;
        return type.getModule().isNamed()
                ? type.getModule().getDescriptor().rawVersion().orElse(null)
                : type.getPackage().getImplementationVersion();
    }

    @Override
    public Flux<ApiReply> send(ApiRequest request) {
        Supplier<Flux<ApiReply>> exchange = hasSharedResolver ? renewed(request) : constant(assemble(client, request));
        // On an event loop that was disposed of, cancelling throws. The deadline must end the call nevertheless. The
        // scheduler is looked up for each call, since it may have been replaced.
        return Flux.defer(() -> exchange.get().cancelOn(Schedulers.parallel()));
    }

    private static Supplier<Flux<ApiReply>> constant(Flux<ApiReply> exchange) {
        return () -> exchange;
    }

    private Supplier<Flux<ApiReply>> renewed(ApiRequest request) {
        AtomicReference<Assembled> assembled = new AtomicReference<>(new Assembled(HttpResources.get(), request));
        return () -> {
            HttpResources now = HttpResources.get();
            return assembled.updateAndGet(last -> last.resources == now ? last : new Assembled(now, request)).exchange;
        };
    }

    /** An exchange for as long as the shared resources are not disposed of. */
    private final class Assembled {
        final HttpResources resources;
        final Flux<ApiReply> exchange;

        Assembled(HttpResources resources, ApiRequest request) {
            this.resources = resources;
            this.exchange = assemble(client.resolver(new SharedResolver(resources)), request);
        }
    }

    /** Once for many calls: Reactor Netty copies its configuration at each step, and parses a URI that is a String. */
    private Flux<ApiReply> assemble(HttpClient client, ApiRequest request) {
        byte[] body = request.body().getBytes(US_ASCII);
        return client.headers(headers -> setLength(body.length, headers))
                .request(HttpMethod.valueOf(request.method()))
                .uri(URI.create(baseUrl + request.path()))
                .send((http, outbound) -> write(request, body, http, outbound))
                .response(this::read);
    }

    private static void setLength(int length, HttpHeaders headers) {
        if (length > 0) {
            headers.setInt(HttpHeaderNames.CONTENT_LENGTH, length);
        }
    }

    /** Headers with secrets are set last, where no hook of an application's client replaces or reads them. */
    private static Publisher<Void> write(
            ApiRequest request, byte[] body, HttpClientRequest http, NettyOutbound outbound) {
        request.headers().forEach(http::header);
        // An empty body would make a GET chunked.
        return body.length == 0 ? outbound : outbound.send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body)));
    }

    /** Reads until the body ends or is too long; then the connection is closed. */
    private Mono<ApiReply> read(HttpClientResponse response, ByteBufFlux content) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        // Not asByteArray(), which has two operators and a context more for each call.
        return content.takeUntil(chunk -> {
                    body.writeBytes(ByteBufUtil.getBytes(chunk));
                    return body.size() > ApiReply.MAX_BODY_BYTES;
                })
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
