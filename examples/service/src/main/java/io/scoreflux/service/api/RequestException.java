package io.scoreflux.service.api;

import io.scoreflux.error.HasViolation;
import io.scoreflux.error.Violation;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** A request that cannot be served, with its status and one line of text: the name, the rule, the value, what to do. */
public final class RequestException extends ErrorResponseException {
    private static final long serialVersionUID = 1L;

    /** The member of a problem document that names the wrong parameter. */
    public static final String FIELD = "field";

    private final String line;

    private RequestException(HttpStatus status, @Nullable String field, String line, @Nullable Throwable cause) {
        super(status, problem(status, field, line), cause);
        this.line = line;
    }

    private static ProblemDetail problem(HttpStatus status, @Nullable String field, String line) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, line);
        if (field != null) {
            problem.setProperty(FIELD, field);
        }
        return problem;
    }

    /** The parameter has a wrong value: status 400. */
    public static RequestException invalid(String field, String line) {
        return new RequestException(HttpStatus.BAD_REQUEST, field, line, null);
    }

    /** The library rejects a value: status 400, with the names of the parameters. */
    public static RequestException invalid(RuntimeException cause) {
        if (cause instanceof HasViolation has) {
            Violation violation = has.violation().named(setting -> setting);
            String setting = violation.setting();
            return new RequestException(
                    HttpStatus.BAD_REQUEST, setting.indexOf(' ') < 0 ? setting : null, violation.message(), cause);
        }
        return new RequestException(HttpStatus.BAD_REQUEST, null, String.valueOf(cause.getMessage()), cause);
    }

    /** The request has another status. */
    public static RequestException of(HttpStatus status, @Nullable String field, String line) {
        return new RequestException(status, field, line, null);
    }

    /** The line of text. */
    public String line() {
        return line;
    }

    /** The name of the wrong parameter, or null. */
    public @Nullable String field() {
        var properties = getBody().getProperties();
        return properties == null ? null : (String) properties.get(FIELD);
    }

    @Override
    public String getMessage() {
        return String.format(Locale.ROOT, "%d %s", getStatusCode().value(), line);
    }
}
