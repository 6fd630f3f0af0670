package io.scoreflux.service;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.reactive.result.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/** Answers what is refused with problem JSON (RFC 9457), whatever the client accepts. */
@ControllerAdvice
class Problems extends ResponseEntityExceptionHandler {
    private static final String MALFORMED =
            "{\"detail\":\"the address must be a URL with percent signs before two hexadecimal digits; correct it\","
                    + "\"status\":400,\"title\":\"Bad Request\"}";

    /** What the framework refuses, in our words, by status. */
    private static final Map<Integer, String> WORDS = Map.of(
            404, "nothing is at this address; samples are at " + SamplesController.PATH,
            405, "samples are got with GET; use it",
            406,
                    "answers are " + MediaType.APPLICATION_NDJSON_VALUE + " or " + MediaType.TEXT_EVENT_STREAM_VALUE
                            + "; accept one of them");

    @Override
    protected Mono<ResponseEntity<Object>> createResponseEntity(
            @Nullable Object body, @Nullable HttpHeaders headers, HttpStatusCode status, ServerWebExchange exchange) {
        String words = WORDS.get(status.value());
        if (body instanceof ProblemDetail problem && words != null) {
            problem.setDetail(words);
        }
        return Mono.just(ResponseEntity.status(status)
                .headers(headers)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(body));
    }

    /** An Accept header that is none accepts nothing of ours; left as it is, its refusal would have no kind to be written in. */
    @Bean
    WebFilter unreadableAccept() {
        return (exchange, chain) -> {
            try {
                exchange.getRequest().getHeaders().getAccept();
                return chain.filter(exchange);
            } catch (InvalidMediaTypeException e) {
                return chain.filter(exchange.mutate()
                        .request(
                                request -> request.header(HttpHeaders.ACCEPT, MediaType.APPLICATION_PROBLEM_JSON_VALUE))
                        .build());
            }
        };
    }

    /** An address that is no URL does not come as far as the advice: Spring leaves it with a status and nothing else. */
    @Bean
    NettyServerCustomizer malformedAddresses() {
        return server -> server.mapHandle((answer, connection) -> answer.then(Mono.defer(() -> {
            HttpServerResponse response = (HttpServerResponse) connection;
            if (response.hasSentHeaders() || !HttpResponseStatus.BAD_REQUEST.equals(response.status())) {
                return Mono.empty();
            }
            return response.header(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE)
                    .sendString(Mono.just(MALFORMED))
                    .then();
        })));
    }
}
