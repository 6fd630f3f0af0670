package io.scoreflux.service.inference;

import io.scoreflux.service.api.RequestException;
import java.util.Map;
import java.util.Objects;
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

/** Responds to errors below {@code /v2} as the protocol says, with {@code {"error": "..."}}. It precedes the handler of the other addresses. */
@Component
@Order(-3)
class InferenceErrors implements WebExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(InferenceErrors.class);
    private static final String FALLBACK = "the service failed, and its log contains the reason; try again";

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable error) {
        ServerHttpResponse response = exchange.getResponse();
        String path = exchange.getRequest().getPath().value();
        if (response.isCommitted()
                || !(path.equals("/v2") || path.startsWith("/v2/"))
                || DisconnectedClientHelper.isClientDisconnectedException(error)) {
            return Mono.error(error);
        }
        HttpStatusCode status = HttpStatus.INTERNAL_SERVER_ERROR;
        String line = FALLBACK;
        if (error instanceof ErrorResponse refusal) {
            status = refusal.getStatusCode();
            response.getHeaders().putAll(refusal.getHeaders());
            line = error instanceof RequestException request ? request.line() : line(refusal);
        } else {
            LOG.error("{} {} failed", exchange.getRequest().getMethod(), path, error);
        }
        if (status.value() == HttpStatus.SERVICE_UNAVAILABLE.value()) {
            response.getHeaders().set("Retry-After", "1");
        }
        response.setStatusCode(status);
        response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
        byte[] body = JsonMapper.shared().writeValueAsBytes(Map.of("error", line));
        return response.writeWith(
                        Mono.fromSupplier(() -> response.bufferFactory().wrap(body)))
                // The client has disconnected.
                .onErrorComplete(failed ->
                        !response.isCommitted() && DisconnectedClientHelper.isClientDisconnectedException(failed));
    }

    private static String line(ErrorResponse refusal) {
        return switch (refusal.getStatusCode().value()) {
            case 404 ->
                "there is no resource at this address; the addresses are those of the Open Inference Protocol 2";
            case 405 -> "the address does not support this method; use POST for infer and GET for the others";
            default -> Objects.requireNonNullElse(refusal.getBody().getDetail(), FALLBACK);
        };
    }
}
