package io.scoreflux.service.http;

import io.scoreflux.error.Failure;
import io.scoreflux.error.SampleFailedException;
import io.scoreflux.service.api.BodyErrors;
import io.scoreflux.service.api.RequestException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.ServerWebInputException;

/**
 * The status and the description of an error in a response, for HTTP and gRPC.
 *
 * @param status the status of HTTP
 * @param headers headers of the response
 * @param detail one line: the name, the rule, the value, what to do
 * @param field the name of the wrong parameter, or null
 * @param unexpected whether the error is a fault of the service, so that the log must have its stack trace
 */
public record Problem(
        HttpStatusCode status,
        HttpHeaders headers,
        String detail,
        @Nullable String field,
        boolean unexpected) {
    private static final int MOST_CAUSES = 20;

    /** The details of errors that have only a status, by status. */
    private static final Map<Integer, String> DEFAULT_DETAILS = Map.of(
            400, "the request must be well-formed HTTP/1.1 (RFC 9112); correct it",
            404,
                    "there is no resource at this address; the models are at /v1/models, the state of the service at"
                            + " /actuator/health",
            413, "the body is too large; send less",
            414, "the address is too long; shorten it",
            415, "the body must be application/json; set Content-Type",
            431, "the header fields are too long; send fewer or shorter ones",
            500, "the service failed, and its log contains the reason; try again, or report the error");

    /** The problem of an error. */
    public static Problem of(Throwable error) {
        if (error instanceof RequestException refusal) {
            return new Problem(refusal.getStatusCode(), refusal.getHeaders(), refusal.line(), refusal.field(), false);
        }
        if (error instanceof SampleFailedException failed) {
            return new Problem(
                    status(failed.failure().kind()),
                    HttpHeaders.EMPTY,
                    "the sample failed: " + failed.failure().message(),
                    null,
                    false);
        }
        if (causeOf(error, InvalidMimeTypeException.class) != null) {
            // Spring limits the number of media types of a header.
            return new Problem(
                    HttpStatus.NOT_ACCEPTABLE,
                    HttpHeaders.EMPTY,
                    "Accept must be a list of media types that is not too long; send a shorter one",
                    HttpHeaders.ACCEPT,
                    false);
        }
        if (causeOf(error, DataBufferLimitException.class) != null) {
            return of(HttpStatus.CONTENT_TOO_LARGE.value());
        }
        if (error instanceof ServerWebInputException) {
            return of(BodyErrors.of(error));
        }
        if (error instanceof MethodNotAllowedException refusal) {
            return methodNotAllowed(refusal);
        }
        if (error instanceof ErrorResponse refusal) {
            int status = refusal.getStatusCode().value();
            return new Problem(
                    refusal.getStatusCode(),
                    refusal.getHeaders(),
                    Objects.requireNonNullElse(
                            DEFAULT_DETAILS.getOrDefault(
                                    status, refusal.getBody().getDetail()),
                            title(status)),
                    null,
                    false);
        }
        Problem fault = of(HttpStatus.INTERNAL_SERVER_ERROR.value());
        return new Problem(fault.status(), fault.headers(), fault.detail(), null, true);
    }

    /** The status of a response that needs the values of a failed sample. */
    private static HttpStatus status(Failure.Kind kind) {
        return switch (kind) {
            case NON_FINITE_ANSWER, DENOISER_ERROR, SOLVER_ERROR -> HttpStatus.INTERNAL_SERVER_ERROR;
            case TRANSPORT_ERROR, DEADLINE -> HttpStatus.SERVICE_UNAVAILABLE;
            // The same request fails again.
            case NOT_CONVERGED, REJECTION -> HttpStatus.UNPROCESSABLE_CONTENT;
            case BAD_REQUEST -> HttpStatus.BAD_REQUEST;
        };
    }

    /** The problem of a status. */
    static Problem of(int status) {
        return of(status, DEFAULT_DETAILS.getOrDefault(status, title(status)));
    }

    /** The problem of a status, with a detail. */
    static Problem of(int status, String detail) {
        return new Problem(HttpStatusCode.valueOf(status), HttpHeaders.EMPTY, detail, null, false);
    }

    private static Problem methodNotAllowed(MethodNotAllowedException refusal) {
        Set<String> methods = refusal.getSupportedMethods().stream()
                .map(HttpMethod::name)
                .collect(Collectors.toCollection(TreeSet::new));
        if (methods.contains(HttpMethod.GET.name())) {
            // Spring answers HEAD like GET.
            methods.add(HttpMethod.HEAD.name());
        }
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.ALLOW, String.join(", ", methods));
        return new Problem(
                refusal.getStatusCode(),
                headers,
                "the method must be " + String.join(" or ", methods) + " at this address, was "
                        + refusal.getHttpMethod() + "; use it, or see /v3/api-docs",
                null,
                false);
    }

    /** The reason phrase of a status. */
    String title() {
        return title(status.value());
    }

    private static String title(int status) {
        HttpStatus known = HttpStatus.resolve(status);
        return known == null ? "Error" : known.getReasonPhrase();
    }

    /** Whether the service failed, and not the request. */
    boolean isFailure() {
        return status.value() == HttpStatus.INTERNAL_SERVER_ERROR.value();
    }

    /** The member {@code error} that OpenAI's clients read. */
    public Map<String, @Nullable Object> openAiError() {
        Map<String, @Nullable Object> error = new LinkedHashMap<>();
        error.put("message", detail);
        error.put("type", status.is5xxServerError() ? "server_error" : "invalid_request_error");
        error.put("param", field);
        error.put("code", null);
        return error;
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
}
