package io.scoreflux.service;

import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Has answers written into buffers that the garbage collector frees. Netty's are counted, and those that wait in a queue when a
 * client leaves are lost: the queue knows the publishers that wrap them, not the buffers (spring-framework issue 36438).
 */
@Component
class HeapBuffers implements WebFilter {
    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        ServerHttpResponseDecorator response = new ServerHttpResponseDecorator(exchange.getResponse()) {
            @Override
            public DataBufferFactory bufferFactory() {
                return DefaultDataBufferFactory.sharedInstance;
            }
        };
        return chain.filter(exchange.mutate().response(response).build());
    }
}
