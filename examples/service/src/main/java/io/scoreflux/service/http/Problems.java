package io.scoreflux.service.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.scoreflux.service.api.RequestException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpOperations;

/**
 * Responds to every error with its {@link ErrorDocument}, regardless of the {@code Accept} header. It precedes Spring Boot's handler (-1),
 * which negotiates the content type and therefore fails on a malformed {@code Accept} header.
 */
@Component
@Order(-2)
class Problems implements WebExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable error) {
        ServerHttpRequest request = exchange.getRequest();
        ServerHttpResponse response = exchange.getResponse();
        HttpOperations<?, ?> operations = ServerHttpResponseDecorator.getNativeResponse(response);
        // This check comes first. While a commit is in progress, isCommitted is already true; if that commit fails,
        // Spring logs the error as a fault of the service.
        if (isDisconnected(operations) && DisconnectedClientHelper.isClientDisconnectedException(error)) {
            // The close cancels the response. If this completed instead, Spring would write an empty response, and log
            // its failure.
            return Mono.never();
        }
        if (response.isCommitted()) {
            return error instanceof RequestException ended ? breakOff(operations, request, ended) : Mono.error(error);
        }
        Problem problem = Problem.of(error);
        if (problem.unexpected()) {
            LOG.error("{} {} failed", request.getMethod(), request.getPath(), error);
        } else if (problem.isFailure()) {
            LOG.warn("{} {} failed: {}", request.getMethod(), request.getPath(), problem.detail());
        }
        String path = request.getPath().value();
        ErrorDocument document = ErrorDocument.of(problem, path);
        response.getHeaders().putAll(problem.headers());
        if (problem.status().value() == HttpStatus.SERVICE_UNAVAILABLE.value() && ErrorDocument.isInference(path)) {
            response.getHeaders().set(HttpHeaders.RETRY_AFTER, "1");
        }
        response.setStatusCode(problem.status());
        response.getHeaders().setContentType(document.type());
        return response.writeWith(
                        Mono.fromSupplier(() -> response.bufferFactory().wrap(document.body())))
                // The client has disconnected.
                .onErrorComplete(failed -> (isDisconnected(operations) || !response.isCommitted())
                        && DisconnectedClientHelper.isClientDisconnectedException(failed));
    }

    /**
     * Closes the connection before the end of a response without an end marker, so that the client detects that its stream has ended early.
     * An error would do so too, but Spring and Netty log each as a fault of the service.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // Nothing is left to do once it is closed.
    private static Mono<Void> breakOff(HttpOperations<?, ?> operations, ServerHttpRequest request, RequestException e) {
        LOG.warn("{} {} broke off: {}", request.getMethod(), request.getPath(), e.line());
        // After what is waiting, so that the client has the samples that it has been counted for.
        operations.channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        // The close cancels the response.
        return Mono.never();
    }

    /** Whether the client has left. A broken connection to a remote model is no reason for silence. */
    private static boolean isDisconnected(HttpOperations<?, ?> operations) {
        return !operations.channel().isActive()
                || ConnectionEnd.of(operations.channel()).isDone();
    }
}
