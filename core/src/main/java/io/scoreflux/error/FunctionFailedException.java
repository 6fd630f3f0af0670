package io.scoreflux.error;

import org.jspecify.annotations.Nullable;

/** Signalled by an expectation if a function of a sample throws, or returns a value that is not finite or not in its bounds. */
public final class FunctionFailedException extends IllegalStateException implements HasViolation {
    private static final long serialVersionUID = 1L;

    private final long index;
    private final Violation violation;

    /** Creates an exception for the function's value at sample {@code index}, with its cause or null. */
    public FunctionFailedException(long index, Violation violation, @Nullable Throwable cause) {
        super("sample " + index + ": " + violation.message(), cause);
        this.index = index;
        this.violation = violation;
    }

    /** Returns the index of the sample. */
    public long index() {
        return index;
    }

    @Override
    public Violation violation() {
        return violation;
    }
}
