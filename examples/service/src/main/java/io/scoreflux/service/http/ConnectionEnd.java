package io.scoreflux.service.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The end of a connection after its last response (RFC 9112, 9.6).
 *
 * <p>A socket that is closed with unread data sends a reset, and a client that still sends then loses the response. Therefore this
 * handler first ends only the sending half, and discards what arrives until the client closes, or a bound is reached.
 *
 * <p>A response that begins before the request has arrived, such as a rejection, is the last of its connection.
 *
 * <p>A malformed request body that arrives after the start of the response does not end the response: no response depends on a body.
 */
final class ConnectionEnd extends ChannelDuplexHandler {
    /** The maximum number of bytes that are discarded. */
    static final long MOST_DISCARDED_BYTES = 64L * 1024 * 1024;

    private static final AttributeKey<Promise<Void>> ENDED = AttributeKey.valueOf(ConnectionEnd.class, "ended");

    private final long limitNanos;
    private boolean begun;
    private boolean last;
    private boolean complete;
    private boolean lingering;
    private boolean receiving;
    private boolean early;

    ConnectionEnd(Channel channel, Duration limit) {
        limitNanos = limit.toNanos();
        Promise<Void> ended = channel.eventLoop().newPromise();
        channel.attr(ENDED).set(ended);
        channel.closeFuture().addListener(ignored -> ended.trySuccess(null));
    }

    /** Succeeds when nothing more can be sent: when the last response has been sent, or the connection has closed. */
    static Promise<Void> of(Channel channel) {
        return channel.attr(ENDED).get();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        Object read = message;
        receiving = (receiving || message instanceof HttpRequest) && !(message instanceof LastHttpContent);
        if (begun
                && message instanceof HttpContent content
                && content.decoderResult().isFailure()) {
            ReferenceCountUtil.release(message);
            read = LastHttpContent.EMPTY_LAST_CONTENT;
        }
        super.channelRead(context, read);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // Nothing is left to do once it is closed.
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) throws Exception {
        if (message instanceof HttpResponse response
                && response.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
            begun = true;
            early = receiving && HttpUtil.isKeepAlive(response);
            if (early) {
                // The response does not depend on the rest of the body, which may never come.
                HttpUtil.setKeepAlive(response, false);
            }
            last = !HttpUtil.isKeepAlive(response);
        }
        if (begun && message instanceof LastHttpContent) {
            begun = false;
            complete = last;
            if (early) {
                super.write(
                        context,
                        message,
                        promise.unvoid().addListener(sent -> context.channel().close()));
                return;
            }
        }
        super.write(context, message, promise);
    }

    @Override
    @SuppressWarnings(
            "FutureReturnValueIgnored") // A connection that cannot be ended properly is closed by its client or the
    // timer.
    public void close(ChannelHandlerContext context, ChannelPromise promise) throws Exception {
        ChannelOutboundBuffer waiting = context.channel().unsafe().outboundBuffer();
        boolean sent = complete && waiting != null && waiting.isEmpty();
        if (!sent || lingering || !(context.channel() instanceof DuplexChannel channel) || !channel.isActive()) {
            super.close(context, promise);
            return;
        }
        lingering = true;
        of(channel).trySuccess(null);
        channel.closeFuture().addListener(ignored -> promise.trySuccess());
        channel.shutdownOutput();
        channel.pipeline().addFirst(new Discarding());
        context.executor()
                .schedule(() -> channel.unsafe().close(channel.voidPromise()), limitNanos, TimeUnit.NANOSECONDS);
        channel.config().setAutoRead(true);
    }

    /** Discards what arrives, up to the bound. */
    private static final class Discarding extends ChannelInboundHandlerAdapter {
        private long discarded;

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // Nothing is left to do once it is closed.
        public void channelRead(ChannelHandlerContext context, Object message) {
            discarded += message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
            ReferenceCountUtil.release(message);
            if (discarded > MOST_DISCARDED_BYTES) {
                context.close();
            }
        }
    }
}
