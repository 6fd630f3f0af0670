package io.scoreflux.error;

import org.jspecify.annotations.Nullable;

/** Thrown if an argument has a value that is not permitted. Its message is {@link Violation#message()}. */
public final class InvalidArgumentException extends IllegalArgumentException implements HasViolation {
    private static final long serialVersionUID = 1L;

    private final Violation violation;

    /** Creates an exception for a violated rule; see {@link Violation#of}. */
    public InvalidArgumentException(String setting, String rule, @Nullable Object value, String... remedies) {
        this(Violation.of(setting, rule, value, remedies), null);
    }

    /** Creates an exception for a violated rule, with its cause or null. */
    public InvalidArgumentException(Violation violation, @Nullable Throwable cause) {
        super(violation.message(), cause);
        this.violation = violation;
    }

    @Override
    public Violation violation() {
        return violation;
    }
}
