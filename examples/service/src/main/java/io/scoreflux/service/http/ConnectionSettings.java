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
import io.netty.handler.codec.http.HttpHeaderValues;
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
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
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

    private static final int BAD_REQUEST = HttpResponseStatus.BAD_REQUEST.code();
    private static final int FORBIDDEN = HttpResponseStatus.FORBIDDEN.code();
    private static final int TOO_LARGE = HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE.code();
    private static final int UPGRADE_REQUIRED = HttpResponseStatus.UPGRADE_REQUIRED.code();

    /** A name, which may be empty, or an address, with an optional port (RFC 9110, 7.2; RFC 3986, 3.2.2). */
    private static final Pattern HOST =
            Pattern.compile("(\\[[0-9A-Fa-f:.]+]|([\\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*+)(:[0-9]*)?");

    private final Limits limits;

    private final Access access;
    private final String webSocketPath;

    ConnectionSettings(
            Limits limits,
            Access access,
            @Value("${server.http2.enabled:false}") boolean http2,
            @Value("${spring.rsocket.server.mapping-path:}") String webSocketPath) {
        if (http2) {
            throw new InvalidConfigurationException(
                    "server.http2.enabled",
                    "must be false, as the service limits connections of HTTP/1.1",
                    true,
                    "remove it");
        }
        this.limits = limits;
        this.access = access;
        this.webSocketPath = webSocketPath;
    }

    @Override
    public HttpServer apply(HttpServer server) {
        return server.childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER_BYTES)
                .idleTimeout(limits.idleTimeout())
                .requestTimeout(limits.requestTimeout())
                .doOnChannelInit((observer, channel, address) -> {
                    ChannelPipeline pipeline = channel.pipeline();
                    pipeline.addAfter(NettyPipeline.HttpCodec, null, new StalledWriteHandler(limits.writeTimeout()));
                    pipeline.addAfter(NettyPipeline.HttpCodec, null, new MessageRewriter(access, webSocketPath));
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
            return refuse(request, response, Problem.of(TOO_LARGE));
        }
        String fault = Addresses.fault(request.uri());
        if (fault != null) {
            return refuse(request, response, Problem.of(BAD_REQUEST, fault));
        }
        return answer;
    }

    private static Mono<Void> refuse(HttpServerRequest request, HttpServerResponse response, Problem problem) {
        ErrorDocument document = ErrorDocument.of(problem, Addresses.path(request.uri()));
        response.keepAlive(false).status(problem.status().value());
        response.responseHeaders()
                .set(HttpHeaderNames.CONTENT_TYPE, document.type().toString());
        return response.sendByteArray(Mono.fromSupplier(document::body)).then();
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

    /** Rejects requests with a Host or an Origin that is not served, and those that the route of WebSockets rejects, and completes responses of the framework and the codec. */
    private static final class MessageRewriter extends ChannelDuplexHandler {
        private static final int LONGEST_REASON = 200;

        private final Access access;
        private final String webSocketPath;
        private boolean refused;
        /** The problem of a request that the codec could not read, the last of its connection. */
        private @Nullable Problem malformed;

        MessageRewriter(Access access, String webSocketPath) {
            this.access = access;
            this.webSocketPath = webSocketPath;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            if (!refused && message instanceof HttpRequest request) {
                if (request.decoderResult().isSuccess() && !hasValidHost(request)) {
                    request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("invalid Host")));
                    malformed = Problem.of(
                            BAD_REQUEST,
                            "Host must be given once, as a name or an address with an optional port; correct it");
                }
                if (request.decoderResult().isFailure() && malformed == null) {
                    malformed = malformed(request.decoderResult().cause());
                }
                Problem problem = problem(request);
                if (problem != null && malformed == null) {
                    refused = true;
                    refuse(context, problem, Addresses.path(request.uri()));
                }
            }
            if (refused) {
                ReferenceCountUtil.release(message);
                return;
            }
            super.channelRead(context, message);
        }

        private static Problem malformed(Throwable cause) {
            String reason = String.valueOf(cause.getMessage()).replaceAll("[^\\x20-\\x7e]+", " ");
            return Problem.of(
                    BAD_REQUEST,
                    "the request must be well-formed HTTP/1.1 (RFC 9112), has a fault: "
                            + (reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + "...")
                            + "; correct it");
        }

        private @Nullable Problem problem(HttpRequest request) {
            String refusal = access.demandsToken() ? null : refusal(request.headers());
            if (refusal != null) {
                return Problem.of(FORBIDDEN, refusal);
            }
            // The route of WebSockets has no other response to these than status 404 without a body.
            return Addresses.path(request.uri()).equals(webSocketPath)
                            && !request.headers()
                                    .containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
                    ? Problem.of(
                            UPGRADE_REQUIRED,
                            "this address is RSocket over WebSocket; use an RSocket client, or /v1/models for HTTP")
                    : null;
        }

        /**
         * Why an open service does not accept a request, or null. A page of another origin must not send requests, because CORS does not apply to
         * WebSockets and to simple requests. A name that a page's server has bound to the loopback address (DNS rebinding) would make that page
         * one of the same origin.
         */
        private @Nullable String refusal(HttpHeaders headers) {
            String origin = headers.get(HttpHeaderNames.ORIGIN);
            String host = headers.get(HttpHeaderNames.HOST);
            if (origin != null && !origin.equals("http://" + host) && !origin.equals("https://" + host)) {
                return "the service accepts no requests of pages of other origins; use its own page, or a client";
            }
            return host == null || access.allowsHost(host) ? null : access.hostRule(host);
        }

        /** Sends a refusal. Here and not in a handler, because the route of WebSockets upgrades before handlers are mapped. */
        @SuppressWarnings("FutureReturnValueIgnored") // Nothing is left to do once it is closed.
        private static void refuse(ChannelHandlerContext context, Problem problem, String path) {
            ErrorDocument document = ErrorDocument.of(problem, path);
            FullHttpResponse response = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1,
                    HttpResponseStatus.valueOf(problem.status().value()),
                    Unpooled.wrappedBuffer(document.body()));
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, document.type().toString())
                    .set(HttpHeaderNames.CONTENT_LENGTH, document.body().length)
                    .set(HttpHeaderNames.CONNECTION, "close");
            if (problem.status().value() == UPGRADE_REQUIRED) {
                response.headers().set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
            }
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

        private FullHttpResponse withBody(FullHttpResponse bare) {
            int status = bare.status().code();
            ErrorDocument document =
                    ErrorDocument.of(malformed != null && status == BAD_REQUEST ? malformed : Problem.of(status), null);
            FullHttpResponse response = bare.replace(Unpooled.wrappedBuffer(document.body()));
            bare.release();
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, document.type().toString())
                    .set(HttpHeaderNames.CONTENT_LENGTH, document.body().length)
                    // The response to a HEAD request may have it.
                    .remove(HttpHeaderNames.TRANSFER_ENCODING);
            return response;
        }
    }
}
