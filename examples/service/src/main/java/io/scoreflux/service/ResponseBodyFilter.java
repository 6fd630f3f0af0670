package io.scoreflux.service;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
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
import reactor.netty.channel.AbortedException;
import reactor.netty.channel.ChannelOperations;

/**
 * Cancels the body of an answer when its write ends or its connection closes, and writes it into buffers that the garbage collector
 * frees.
 *
 * <p>Spring subscribes to a body before the write does, and waits for its first item. If the connection closes before the write has
 * subscribed in turn, the write fails, and nothing cancels the body: neither the failed write, which never saw it, nor the later event
 * of the closed connection, which finds the handler ended. Whatever the body holds would be held for ever.
 *
 * <p>Netty's buffers are counted, and those that wait in a queue when a client leaves are lost: the queue knows the publishers that
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
        private final Channel channel;

        CancellingResponse(ServerHttpResponse response) {
            super(response);
            ChannelOperations<?, ?> operations = getNativeResponse(response);
            channel = operations.channel();
        }

        @Override
        public DataBufferFactory bufferFactory() {
            return DefaultDataBufferFactory.sharedInstance;
        }

        @Override
        public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
            // What is a Mono stays one: it is sent with its length.
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

        /** The body, up to the end; if the connection has closed, then an error, so that nothing takes the answer for complete. */
        private <T> Flux<T> until(Mono<Void> end, Publisher<T> body) {
            return Flux.from(body)
                    // The end completes even then: on its error, this operator does not cancel the body.
                    .takeUntilOther(end)
                    .concatWith(Mono.defer(() -> channel.isOpen()
                            ? Mono.empty()
                            : Mono.error(new AbortedException("the connection closed before the end of the answer"))));
        }

        /** A write that ends its body on completion, error, cancellation or the close of the connection, whichever comes first. */
        private Mono<Void> bound(Function<Mono<Void>, Mono<Void>> write) {
            return Mono.using(
                    () -> {
                        Sinks.Empty<Void> end = Sinks.empty();
                        ChannelFutureListener closed = ignored -> end.tryEmitEmpty();
                        channel.closeFuture().addListener(closed);
                        return new Lifetime(end, closed);
                    },
                    lifetime -> write.apply(lifetime.end().asMono()),
                    lifetime -> {
                        // A connection that stays open serves many requests.
                        channel.closeFuture().removeListener(lifetime.closed());
                        lifetime.end().tryEmitEmpty();
                    });
        }
    }

    private record Lifetime(Sinks.Empty<Void> end, ChannelFutureListener closed) {}
}
