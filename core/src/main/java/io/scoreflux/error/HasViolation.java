package io.scoreflux.error;

/** Implemented by exceptions that carry a {@link Violation}. */
public interface HasViolation {
    /** The violated rule, as fields. */
    Violation violation();
}
