package io.scoreflux.service.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.service.Limits;
import io.scoreflux.service.security.Access;
import java.util.List;
import java.util.regex.Pattern;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Time limits, the send buffer and the end of connections, and responses to HTTP/1.0 and malformed requests. */
@Component
class ConnectionSettings implements NettyServerCustomizer {
    /** The size of the send buffer. By default the operating system lets it grow to megabytes for a client that does not read. */
    private static final int SEND_BUFFER_BYTES = 32 * 1024;

    private static final int FORBIDDEN = HttpResponseStatus.FORBIDDEN.code();
    private static final int TOO_LARGE = HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE.code();

    /** A name, which may be empty, or an address, with an optional port (RFC 9110, 7.2; RFC 3986, 3.2.2). */
    private static final Pattern HOST =
            Pattern.compile("(\\[[0-9A-Fa-f:.]+]|([\\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*+)(:[0-9]*)?");

    private final Limits limits;

    private final boolean open;

    ConnectionSettings(Limits limits, Access access, @Value("${server.http2.enabled:false}") boolean http2) {
        if (http2) {
            throw new InvalidConfigurationException(
                    "server.http2.enabled",
                    "must be false, as the service limits connections of HTTP/1.1",
                    true,
                    "remove it");
        }
        this.limits = limits;
        this.open = !access.demandsToken();
    }

    @Override
    public HttpServer apply(HttpServer server) {
        return server.childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER_BYTES)
                .idleTimeout(limits.idleTimeout())
                .requestTimeout(limits.requestTimeout())
                .doOnChannelInit((observer, channel, address) -> {
                    ChannelPipeline pipeline = channel.pipeline();
                    pipeline.addAfter(NettyPipeline.HttpCodec, null, new StalledWriteHandler(limits.writeTimeout()));
                    pipeline.addAfter(NettyPipeline.HttpCodec, null, new MessageRewriter(open));
                    pipeline.addAfter(
                            NettyPipeline.HttpCodec, null, new ConnectionEnd(channel, limits.requestTimeout()));
                })
                .mapHandle(this::prepare);
    }

    private Mono<Void> prepare(Mono<Void> answer, Connection connection) {
        HttpServerRequest request = (HttpServerRequest) connection;
        HttpServerResponse response = (HttpServerResponse) connection;
        if (isOld(request.version())) {
            // HTTP/1.0 has no chunks: the end of the connection is the end of the body (RFC 9112, 6.1 and 6.3).
            response.chunkedTransfer(false).keepAlive(false);
        }
        HttpHeaders headers = request.requestHeaders();
        boolean hasBody = headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || !headers.get(HttpHeaderNames.CONTENT_LENGTH, "0").equals("0");
        if (hasBody && !request.method().equals(HttpMethod.POST)) {
            // Only POST has a body that is read. An unread body would hide that the client disconnects, and remain
            // after the response.
            response.keepAlive(false);
            request.receive().subscribe(ignored -> {}, ignored -> {});
        }
        if (request.method().equals(HttpMethod.POST)
                && declaredLength(headers) > limits.maxBody().toBytes()
                // Requests for inference have a limit of their own.
                && !request.uri().startsWith("/v2/")) {
            request.receive().subscribe(ignored -> {}, ignored -> {});
            return problem(response, TOO_LARGE);
        }
        return answer;
    }

    private static Mono<Void> problem(HttpServerResponse response, int status) {
        response.keepAlive(false).status(status);
        response.responseHeaders().set(HttpHeaderNames.CONTENT_TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        return response.sendByteArray(Mono.fromSupplier(() -> Problems.body(status)))
                .then();
    }

    private static long declaredLength(HttpHeaders headers) {
        try {
            return Long.parseLong(headers.get(HttpHeaderNames.CONTENT_LENGTH, "0"));
        } catch (NumberFormatException e) {
            return 0; // The codec rejects it.
        }
    }

    private static boolean isOld(HttpVersion version) {
        return version.compareTo(HttpVersion.HTTP_1_1) < 0;
    }

    /** Rejects requests with an invalid Host that the HTTP codec accepts, and completes responses of the framework and the codec. */
    private static final class MessageRewriter extends ChannelDuplexHandler {
        private final boolean open;
        private boolean refused;

        MessageRewriter(boolean open) {
            this.open = open;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            if (open && message instanceof HttpRequest request && isForeign(request.headers())) {
                refused = true;
                refuse(context);
            }
            if (refused) {
                ReferenceCountUtil.release(message);
                return;
            }
            if (message instanceof HttpRequest request
                    && request.decoderResult().isSuccess()
                    && !hasValidHost(request)) {
                request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("invalid Host")));
            }
            super.channelRead(context, message);
        }

        /**
         * Whether a page of another origin sends the request. An open service accepts none, because CORS does not apply to WebSockets and to
         * simple requests.
         */
        private static boolean isForeign(HttpHeaders headers) {
            String origin = headers.get(HttpHeaderNames.ORIGIN);
            String host = headers.get(HttpHeaderNames.HOST);
            return origin != null && !origin.equals("http://" + host) && !origin.equals("https://" + host);
        }

        /** Sends status 403. Here and not in a handler, because the route of WebSockets upgrades before handlers are mapped. */
        @SuppressWarnings("FutureReturnValueIgnored") // Nothing is left to do once it is closed.
        private static void refuse(ChannelHandlerContext context) {
            byte[] body = Problems.body(FORBIDDEN);
            FullHttpResponse response = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.FORBIDDEN, Unpooled.wrappedBuffer(body));
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE)
                    .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                    .set(HttpHeaderNames.CONNECTION, "close");
            context.writeAndFlush(response)
                    .addListener(sent -> context.channel().close());
        }

        /** Whether a request has one valid Host field; in HTTP/1.0 it may have none (RFC 9112, 3.2). */
        private static boolean hasValidHost(HttpRequest request) {
            List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
            return hosts.isEmpty()
                    ? isOld(request.protocolVersion())
                    : hosts.size() == 1 && HOST.matcher(hosts.get(0)).matches();
        }

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
                    .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                    // The response to a HEAD request may have it.
                    .remove(HttpHeaderNames.TRANSFER_ENCODING);
            return response;
        }
    }
}
