package io.github.clickatellbalance.reactor;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import reactor.netty.ChannelPipelineConfigurer;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;

/**
 * Lets exactly one whole reply to each request through to Reactor Netty, and none of those words of a server's that it
 * would log: a reason phrase, the name of a header, a line that is no HTTP may echo a secret. Sits behind the HTTP/1.1
 * codec, one on each connection.
 */
final class ReplyGuard extends ChannelDuplexHandler {
    /** One for all clients: Reactor Netty's pools share connections between equal configurations only. */
    static final ChannelPipelineConfigurer INSTALLER = (observer, channel, address) -> {
        // A client of the application's that may speak HTTP/2 goes without: its codec is another one, or not there yet.
        if (channel.pipeline().get(NettyPipeline.HttpCodec) instanceof HttpClientCodec) {
            channel.pipeline().addAfter(NettyPipeline.HttpCodec, "clickatell-balance.replyGuard", new ReplyGuard());
        }
    };

    /** What Reactor Netty and this library read; all others are dropped. */
    private static final Set<String> HEADERS =
            Set.of("connection", "content-encoding", "content-length", "date", "retry-after", "transfer-encoding");

    private boolean isAwaited;
    private boolean isInterim;
    private boolean isEndedByClose;
    private boolean isTlsClosed;
    private boolean isUsedAgain;

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) throws Exception {
        isAwaited |= message instanceof HttpRequest;
        super.write(context, message, promise);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        isTlsClosed |= event == SslCloseCompletionEvent.SUCCESS;
        context.fireUserEventTriggered(event);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (!isAwaited) { // more than one reply: the next one could not be told from it
            ReferenceCountUtil.release(message);
            close(context, context.newPromise());
            return;
        }
        if (message instanceof HttpObject part && part.decoderResult().isFailure()) {
            part.setDecoderResult(DecoderResult.failure(
                    unreadable(context, part.decoderResult().cause())));
            Connection.from(context.channel()).markPersistent(false);
        } else if (message instanceof HttpResponse head) {
            begin(context, head);
        }
        boolean isEnd = message instanceof LastHttpContent;
        if (isInterim) { // RFC 9110, section 15.2: any number of them may come before the reply
            isInterim = !isEnd;
            ReferenceCountUtil.release(message);
            context.read();
            return;
        }
        isAwaited = !isEnd;
        isUsedAgain |= isEnd;
        context.fireChannelRead(isEnd && isCutOff(context) ? cutOff(message) : message);
    }

    private void begin(ChannelHandlerContext context, HttpResponse head) {
        HttpResponseStatus status = HttpResponseStatus.valueOf(head.status().code());
        head.setStatus(status); // with the phrase of the standard instead of the server's
        head.headers().names().stream()
                .filter(name -> !HEADERS.contains(name.toLowerCase(Locale.ROOT)))
                .forEach(head.headers()::remove);
        isEndedByClose = !HttpUtil.isContentLengthSet(head) && !HttpUtil.isTransferEncodingChunked(head);
        if (status.equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
            Connection.from(context.channel()).markPersistent(false);
        } else {
            isInterim = status.codeClass() == HttpStatusClass.INFORMATIONAL;
        }
    }

    /** At the end of a connection, or on one that worked before, it is but the rest of a reply: asking again will help. */
    private Exception unreadable(ChannelHandlerContext context, Throwable cause) {
        UnknownFailure wordless = UnknownFailure.of(cause);
        return isUsedAgain || !context.channel().isActive()
                ? new IOException("Only the rest of a reply came", wordless)
                : wordless;
    }

    /** RFC 9112, section 9.8: without TLS's farewell, a body that only the end of the connection ends is incomplete. */
    private boolean isCutOff(ChannelHandlerContext context) {
        return isEndedByClose
                && !isTlsClosed
                && !context.channel().isActive()
                && context.pipeline().get(SslHandler.class) != null;
    }

    private static LastHttpContent cutOff(Object end) {
        ReferenceCountUtil.release(end);
        LastHttpContent failed = new DefaultLastHttpContent();
        failed.setDecoderResult(DecoderResult.failure(new IOException("TLS was cut off within the body")));
        return failed;
    }
}
