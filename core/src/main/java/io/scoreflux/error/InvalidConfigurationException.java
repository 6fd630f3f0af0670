package io.scoreflux.error;

import org.jspecify.annotations.Nullable;

/** Thrown if settings contradict each other, or a setting is missing. Its message is {@link Violation#message()}. */
public final class InvalidConfigurationException extends IllegalStateException implements HasViolation {
    private static final long serialVersionUID = 1L;

    private final Violation violation;

    /** Creates an exception for a violated rule; see {@link Violation#of}. */
    public InvalidConfigurationException(String setting, String rule, @Nullable Object value, String... remedies) {
        this(Violation.of(setting, rule, value, remedies), null);
    }

    /** Creates an exception for a violated rule, with its cause or null. */
    public InvalidConfigurationException(Violation violation, @Nullable Throwable cause) {
        super(violation.message(), cause);
        this.violation = violation;
    }

    @Override
    public Violation violation() {
        return violation;
    }
}
