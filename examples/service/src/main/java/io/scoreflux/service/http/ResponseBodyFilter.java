package io.scoreflux.service.http;

import io.netty.util.concurrent.FutureListener;
import io.netty.util.concurrent.Promise;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.HttpOperations;

/**
 * Cancels the body of a response when its write ends or its connection closes, and writes it into heap buffers.
 *
 * <p>Spring subscribes to a body before the write does, and waits for its first item. If the connection closes before the write has
 * subscribed, the write fails, and nothing cancels the body. The failed write never subscribed to it, and the handler has already ended
 * when the close event arrives. So the body would never release its resources.
 *
 * <p>Netty's buffers are reference-counted, and those that are queued when a client disconnects leak: the queue has the publishers that
 * wrap them, not the buffers (spring-framework issue 36438).
 */
@Component
class ResponseBodyFilter implements WebFilter {
    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        return chain.filter(exchange.mutate()
                .response(new CancellingResponse(exchange.getResponse()))
                .build());
    }

    private static final class CancellingResponse extends ServerHttpResponseDecorator {
        private final Promise<Void> connectionEnd;

        CancellingResponse(ServerHttpResponse response) {
            super(response);
            HttpOperations<?, ?> operations = getNativeResponse(response);
            connectionEnd = ConnectionEnd.of(operations.channel());
            // The codec itself responds to a malformed body, on the event loop, at any time before this response.
            Mono<Void> unanswered = Mono.<Void>defer(() -> operations.hasSentHeaders()
                            ? Mono.error(new AbortedException("the request was malformed and has been answered"))
                            : Mono.empty())
                    .subscribeOn(Schedulers.fromExecutor(operations.channel().eventLoop()));
            response.beforeCommit(() -> unanswered);
        }

        @Override
        public DataBufferFactory bufferFactory() {
            return DefaultDataBufferFactory.sharedInstance;
        }

        @Override
        public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
            // A Mono must remain a Mono, because it is sent with its length.
            return bound(end -> getDelegate()
                    .writeWith(
                            body instanceof Mono<? extends DataBuffer> single
                                    ? single.takeUntilOther(end)
                                    : until(end, body)));
        }

        @Override
        public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
            return bound(end -> getDelegate().writeAndFlushWith(until(end, body)));
        }

        /**
         * The body until the end signal. If the connection has closed, an error follows, so that the response does not count as complete.
         */
        private <T> Flux<T> until(Mono<Void> end, Publisher<T> body) {
            return Flux.from(body)
                    // The end signal always completes: if it failed, this operator would not cancel the body.
                    .takeUntilOther(end)
                    .concatWith(Mono.defer(() -> !connectionEnd.isDone()
                            ? Mono.empty()
                            : Mono.error(
                                    new AbortedException("the connection closed before the end of the response"))));
        }

        /** The error of a write; after the connection has closed, every error means that. */
        private Throwable aborted(Throwable error) {
            return connectionEnd.isDone() && !(error instanceof AbortedException) ? new AbortedException(error) : error;
        }

        /** A write that ends its body on completion, error, cancellation or connection close, whichever comes first. */
        private Mono<Void> bound(Function<Mono<Void>, Mono<Void>> write) {
            return Mono.using(
                    () -> {
                        Sinks.Empty<Void> end = Sinks.empty();
                        FutureListener<Void> closed = ignored -> end.tryEmitEmpty();
                        connectionEnd.addListener(closed);
                        return new Lifetime(end, closed);
                    },
                    lifetime -> write.apply(lifetime.end().asMono()).onErrorMap(this::aborted),
                    lifetime -> {
                        // An open connection serves many requests, so the listener must be removed.
                        connectionEnd.removeListener(lifetime.closed());
                        lifetime.end().tryEmitEmpty();
                    });
        }
    }

    private record Lifetime(Sinks.Empty<Void> end, FutureListener<Void> closed) {}
}
