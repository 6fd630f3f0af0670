package io.scoreflux.service;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Time limits and the send buffer of connections, and responses to HTTP/1.0 and malformed requests. */
@Component
class ConnectionSettings implements NettyServerCustomizer {
    /** The send buffer for a client that does not read; by default the operating system grows it to megabytes. */
    private static final int SEND_BUFFER_BYTES = 32 * 1024;

    private final Limits limits;

    ConnectionSettings(Limits limits) {
        this.limits = limits;
    }

    @Override
    public HttpServer apply(HttpServer server) {
        return server.childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER_BYTES)
                .idleTimeout(limits.idleTimeout())
                .requestTimeout(limits.requestTimeout())
                .doOnChannelInit((observer, channel, address) -> {
                    ChannelPipeline pipeline = channel.pipeline();
                    pipeline.addAfter(NettyPipeline.HttpCodec, null, new StalledWriteHandler(limits.writeTimeout()));
                    pipeline.addAfter(NettyPipeline.HttpCodec, null, new ResponseRewriter());
                })
                .mapHandle(ConnectionSettings::prepare);
    }

    private static Mono<Void> prepare(Mono<Void> answer, Connection connection) {
        HttpServerRequest request = (HttpServerRequest) connection;
        HttpServerResponse response = (HttpServerResponse) connection;
        if (isOld(request.version())) {
            // HTTP/1.0 has no chunks: the end of the connection is the end of the body (RFC 9112, 6.1 and 6.3).
            response.chunkedTransfer(false).keepAlive(false);
        }
        HttpHeaders headers = request.requestHeaders();
        if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || !headers.get(HttpHeaderNames.CONTENT_LENGTH, "0").equals("0")) {
            // No handler reads a body. An unread body would hide that the client disconnects, and remain after the
            // response.
            response.keepAlive(false);
            request.receive().subscribe(ignored -> {}, ignored -> {});
        }
        return answer;
    }

    private static boolean isOld(HttpVersion version) {
        return version.compareTo(HttpVersion.HTTP_1_1) < 0;
    }

    /** Closes a connection whose client reads nothing although data wait for it. */
    private static final class StalledWriteHandler extends IdleStateHandler {
        StalledWriteHandler(Duration limit) {
            super(true, 0, limit.toNanos(), 0, TimeUnit.NANOSECONDS);
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // Nothing is left to do once it is closed.
        protected void channelIdle(ChannelHandlerContext context, IdleStateEvent event) {
            ChannelOutboundBuffer waiting = context.channel().unsafe().outboundBuffer();
            if (waiting != null && waiting.totalPendingWriteBytes() > 0) {
                context.close();
            }
        }
    }

    /** Corrects responses of the framework and the HTTP codec. */
    private static final class ResponseRewriter extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) throws Exception {
            Object sent = message;
            if (message instanceof FullHttpResponse response && isBareError(response)) {
                sent = withBody(response);
            }
            if (sent instanceof HttpResponse response && isOld(response.protocolVersion())) {
                // Full responses repeat the request's version. A response before a close must say so in any version.
                response.setProtocolVersion(HttpVersion.HTTP_1_1).headers().set(HttpHeaderNames.CONNECTION, "close");
            }
            super.write(context, sent, promise);
        }

        /** Whether this is an error response without a body. */
        private static boolean isBareError(FullHttpResponse response) {
            return response.status().code() >= 400
                    && !response.content().isReadable()
                    && !response.headers().contains(HttpHeaderNames.CONTENT_TYPE);
        }

        private static FullHttpResponse withBody(FullHttpResponse bare) {
            byte[] body = Problems.body(bare.status().code());
            FullHttpResponse response = bare.replace(Unpooled.wrappedBuffer(body));
            bare.release();
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE)
                    .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
            return response;
        }
    }
}
