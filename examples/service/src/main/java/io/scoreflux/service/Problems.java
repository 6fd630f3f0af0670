package io.scoreflux.service;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Responds to every error with problem JSON (RFC 9457), regardless of the {@code Accept} header. It precedes Spring Boot's handler (-1),
 * which negotiates the content type and therefore fails on a malformed {@code Accept} header.
 */
@Component
@Order(-2)
class Problems implements WebExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final JsonMapper JSON = JsonMapper.shared();

    /** The details of errors that the framework detects, by status. */
    private static final Map<Integer, String> FRAMEWORK = Map.of(
            404,
            "there is no resource at this address; samples are at " + SamplesController.PATH,
            405,
            "samples support only GET; use it");

    /** The detail of errors that have only a status, by status. */
    private static final Map<Integer, String> DEFAULT_DETAILS = Map.of(
            400,
                    "the request must be well-formed HTTP with one valid Host, and its address a URL with percent signs"
                            + " before two hexadecimal digits; correct it",
            414, "the address is too long; shorten it",
            431, "the header fields are too long; send fewer or shorter ones",
            500, "the service failed, and its log contains the reason; try again, or report the error");

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable error) {
        ServerHttpResponse response = exchange.getResponse();
        if (response.isCommitted()) {
            // The connection closes before the end of the response, so the client detects the error.
            return Mono.error(error);
        }
        if (DisconnectedClientHelper.isClientDisconnectedException(error)) {
            return Mono.empty();
        }
        HttpStatusCode status = HttpStatus.INTERNAL_SERVER_ERROR;
        String detail = null;
        if (error instanceof ErrorResponse refusal) {
            status = refusal.getStatusCode();
            response.getHeaders().putAll(refusal.getHeaders());
            detail = FRAMEWORK.getOrDefault(status.value(), refusal.getBody().getDetail());
        } else {
            LOG.error(
                    "{} {} failed",
                    exchange.getRequest().getMethod(),
                    exchange.getRequest().getPath(),
                    error);
        }
        response.setStatusCode(status);
        response.getHeaders().setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        byte[] body =
                body(status.value(), detail, exchange.getRequest().getPath().value());
        return response.writeWith(
                        Mono.fromSupplier(() -> response.bufferFactory().wrap(body)))
                // The client has disconnected.
                .onErrorComplete(failed ->
                        !response.isCommitted() && DisconnectedClientHelper.isClientDisconnectedException(failed));
    }

    /** The problem document of a status, with the default detail. */
    static byte[] body(int status) {
        return body(status, null, null);
    }

    private static byte[] body(int status, @Nullable String detail, @Nullable String path) {
        HttpStatus known = HttpStatus.resolve(status);
        String title = known == null ? "Error" : known.getReasonPhrase();
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("title", title);
        problem.put("status", status);
        problem.put("detail", Objects.requireNonNullElse(detail, DEFAULT_DETAILS.getOrDefault(status, title)));
        if (path != null) {
            problem.put("instance", path);
        }
        return JSON.writeValueAsBytes(problem);
    }
}
