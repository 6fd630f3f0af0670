package io.scoreflux.error;

/** Implemented by exceptions that carry a {@link Violation}. */
public interface HasViolation {
    /** Returns the violated rule. */
    Violation violation();
}
