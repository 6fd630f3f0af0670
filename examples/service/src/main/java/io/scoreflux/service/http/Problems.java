package io.scoreflux.service.http;

import io.scoreflux.service.api.RequestException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.Order;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.stereotype.Component;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.ServerWebInputException;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpOperations;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DatabindException;
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
    private static final int MOST_CAUSES = 20;

    /** The details of errors that the framework detects, by status. */
    private static final Map<Integer, String> FRAMEWORK = Map.of(
            404,
            "there is no resource at this address; the models are at /v1/models",
            405,
            "the address does not support this method; see /v3/api-docs",
            415,
            "the body must be application/json; set Content-Type");

    /** The detail of errors that have only a status, by status. */
    private static final Map<Integer, String> DEFAULT_DETAILS = Map.of(
            400,
                    "the request must be well-formed HTTP with one valid Host, and its address a URL with percent signs"
                            + " before two hexadecimal digits; correct it",
            403, "the service accepts no requests of pages of other origins; use its own page, or a client",
            413, "the body is too large; send less",
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
        if (isDisconnected(response) && DisconnectedClientHelper.isClientDisconnectedException(error)) {
            return Mono.empty();
        }
        HttpStatusCode status = HttpStatus.INTERNAL_SERVER_ERROR;
        String detail = null;
        Map<String, Object> members = Map.of();
        if (error instanceof RequestException refusal) {
            status = refusal.getStatusCode();
            response.getHeaders().putAll(refusal.getHeaders());
            detail = refusal.line();
            if (status.value() == HttpStatus.INTERNAL_SERVER_ERROR.value()) {
                LOG.warn(
                        "{} {} failed: {}",
                        exchange.getRequest().getMethod(),
                        exchange.getRequest().getPath(),
                        detail);
            }
            members = Objects.requireNonNullElse(refusal.getBody().getProperties(), Map.of());
        } else if (causeOf(error, InvalidMimeTypeException.class) != null) {
            // Spring limits the number of media types of a header.
            status = HttpStatus.NOT_ACCEPTABLE;
            detail = "Accept must be a list of media types that is not too long; send a shorter one";
            members = Map.of(RequestException.FIELD, HttpHeaders.ACCEPT);
        } else if (causeOf(error, DataBufferLimitException.class) != null) {
            status = HttpStatus.CONTENT_TOO_LARGE;
        } else if (error instanceof ServerWebInputException) {
            status = HttpStatus.BAD_REQUEST;
            detail = bodyDetail(error);
            members = Map.of(RequestException.FIELD, "body");
        } else if (error instanceof ErrorResponse refusal) {
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
                body(status.value(), detail, exchange.getRequest().getPath().value(), members);
        return response.writeWith(
                        Mono.fromSupplier(() -> response.bufferFactory().wrap(body)))
                // The client has disconnected.
                .onErrorComplete(failed ->
                        !response.isCommitted() && DisconnectedClientHelper.isClientDisconnectedException(failed));
    }

    /** Whether the client has left. A broken connection to a remote model is no reason for silence. */
    private static boolean isDisconnected(ServerHttpResponse response) {
        HttpOperations<?, ?> operations = ServerHttpResponseDecorator.getNativeResponse(response);
        return !operations.channel().isActive()
                || ConnectionEnd.of(operations.channel()).isDone();
    }

    /** The problem document of a status, with the default detail. */
    static byte[] body(int status) {
        return body(status, null, null, Map.of());
    }

    /** The first exception of a type among an exception and its causes, or null. */
    private static <T extends Throwable> @Nullable T causeOf(Throwable error, Class<T> type) {
        int depth = 0;
        for (Throwable each = error; each != null && depth < MOST_CAUSES; each = each.getCause(), depth++) {
            if (type.isInstance(each)) {
                return type.cast(each);
            }
        }
        return null;
    }

    /** What is wrong with a body that is not the JSON that was expected. */
    private static String bodyDetail(Throwable error) {
        JacksonException cause = causeOf(error, JacksonException.class);
        if (cause instanceof DatabindException mismatch && !(cause.getCause() instanceof StreamReadException)) {
            String path = mismatch.getPath().stream()
                    .map(part -> part.getPropertyName() == null ? "[" + part.getIndex() + "]" : part.getPropertyName())
                    .collect(Collectors.joining());
            return "body must have the form that /v3/api-docs describes; "
                    + (path.isEmpty() ? "it has another type" : "the value of " + path + " has another type");
        }
        return cause == null
                ? "body must be a JSON document; send one with its Content-Type"
                : "body must be a JSON document: "
                        + cause.getOriginalMessage().lines().findFirst().orElse("it is empty");
    }

    private static byte[] body(
            int status, @Nullable String detail, @Nullable String path, Map<String, Object> members) {
        HttpStatus known = HttpStatus.resolve(status);
        String title = known == null ? "Error" : known.getReasonPhrase();
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("title", title);
        problem.put("status", status);
        problem.put("detail", Objects.requireNonNullElse(detail, DEFAULT_DETAILS.getOrDefault(status, title)));
        if (path != null) {
            problem.put("instance", path);
        }
        problem.putAll(members);
        return JSON.writeValueAsBytes(problem);
    }
}
