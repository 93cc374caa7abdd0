package io.github.clickatellbalance.reactor;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.netty.ChannelPipelineConfigurer;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;
import reactor.netty.http.client.HttpClient;

/**
 * Passes exactly one whole reply for each request to Reactor Netty, and closes the connection if there is more. Removes what
 * Reactor Netty would log and a server may have filled with a secret: reason phrases, other headers, lines that are not
 * HTTP. Each connection has one, behind the HTTP/1.1 codec.
 */
final class ReplyGuard extends ChannelDuplexHandler {
    /** One object for all clients: Reactor Netty shares connections only between equal configurations. */
    private static final ChannelPipelineConfigurer ON_INIT =
            (observer, channel, address) -> install(channel.pipeline());

    private static final String NAME = "clickatell-balance.replyGuard";

    /** The headers that Reactor Netty and this library read; others are removed. */
    private static final AsciiString[] HEADERS = {
        HttpHeaderNames.CONNECTION,
        HttpHeaderNames.CONTENT_ENCODING,
        HttpHeaderNames.CONTENT_LENGTH,
        HttpHeaderNames.DATE,
        HttpHeaderNames.RETRY_AFTER,
        HttpHeaderNames.TRANSFER_ENCODING
    };

    /** If TLS negotiates the version of HTTP, there is a codec only when the connection is there. */
    static HttpClient installOn(HttpClient client) {
        HttpClient guarded = client.doOnChannelInit(ON_INIT);
        return client.configuration().protocols().length == 1
                ? guarded
                : guarded.doOnConnected(
                        connection -> install(connection.channel().pipeline()));
    }

    /** Not with HTTP/2, which only an application's own client can speak: its codec is another one. */
    private static void install(ChannelPipeline pipeline) {
        if (pipeline.get(NettyPipeline.HttpCodec) instanceof HttpClientCodec && pipeline.get(NAME) == null) {
            pipeline.addAfter(NettyPipeline.HttpCodec, NAME, new ReplyGuard());
        }
    }

    private boolean isAwaited;
    private boolean isInterim;
    private boolean isEndedByClose;
    private boolean isTlsClosed;
    private boolean hadReply;
    /**
     * The end of a reply, until all bytes that were read with it are decoded. Reactor Netty gives the connection to the next
     * call when it gets the end; what is decoded after that would be taken for the reply to the next request.
     */
    private @Nullable Object end;

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
        if (!isAwaited) {
            ReferenceCountUtil.release(message);
            if (end == null) {
                close(context, context.newPromise());
            } else {
                Connection.from(context.channel()).markPersistent(false); // closed after this reply
            }
            return;
        }
        if (message instanceof HttpObject part && part.decoderResult().isFailure()) {
            part.setDecoderResult(
                    DecoderResult.failure(redacted(context, part.decoderResult().cause())));
            Connection.from(context.channel()).markPersistent(false);
        } else if (message instanceof HttpResponse head) {
            begin(context, head);
        }
        boolean isEnd = message instanceof LastHttpContent;
        if (isInterim) { // RFC 9110, section 15.2: any number of them may come before the reply
            isInterim = !isEnd;
            ReferenceCountUtil.release(message);
            context.read();
        } else if (isEnd) {
            isAwaited = false;
            hadReply = true;
            end = isCutOff(context) ? cutOff(message) : message;
        } else {
            context.fireChannelRead(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        passEnd(context);
        context.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        passEnd(context);
        context.fireChannelInactive();
    }

    /**
     * Netty's message shows the bytes that are not TLS, in hexadecimal. After them, neither Netty nor Reactor Netty closes the
     * connection, and it would stay in the pool.
     */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) throws Exception {
        boolean isPlainText =
                failure instanceof NotSslRecordException || failure.getCause() instanceof NotSslRecordException;
        context.fireExceptionCaught(
                isPlainText
                        ? new SSLException("The server sent bytes that are not TLS", RedactedFailure.of(failure))
                        : failure);
        close(context, context.newPromise());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        ReferenceCountUtil.release(end);
        end = null;
    }

    private void passEnd(ChannelHandlerContext context) {
        Object message = end;
        if (message != null) {
            end = null;
            context.fireChannelRead(message);
        }
    }

    private void begin(ChannelHandlerContext context, HttpResponse head) {
        HttpResponseStatus status = HttpResponseStatus.valueOf(head.status().code());
        head.setStatus(status); // with the standard's reason phrase
        removeOtherHeaders(head.headers());
        isEndedByClose = !HttpUtil.isContentLengthSet(head) && !HttpUtil.isTransferEncodingChunked(head);
        if (status.equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
            Connection.from(context.channel()).markPersistent(false);
        } else {
            isInterim = status.codeClass() == HttpStatusClass.INFORMATIONAL;
        }
    }

    private static void removeOtherHeaders(HttpHeaders headers) {
        List<CharSequence> others = new ArrayList<>();
        headers.iteratorCharSequence().forEachRemaining(header -> {
            if (!isKept(header.getKey())) {
                others.add(header.getKey());
            }
        });
        others.forEach(headers::remove);
    }

    private static boolean isKept(CharSequence name) {
        for (AsciiString kept : HEADERS) {
            if (kept.contentEqualsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    /** On a closed or reused connection this is probably the rest of another reply, so a retry makes sense. */
    private Exception redacted(ChannelHandlerContext context, Throwable cause) {
        RedactedFailure redacted = RedactedFailure.of(cause);
        return hadReply || !context.channel().isActive()
                ? new IOException("Only a part of a reply was received", redacted)
                : redacted;
    }

    /** RFC 9112, section 9.8: a body without a length is incomplete if TLS was not closed properly. */
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
