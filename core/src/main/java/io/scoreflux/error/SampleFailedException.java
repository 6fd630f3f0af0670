package io.scoreflux.error;

/** Thrown when the values of a sample that failed are asked for. */
public final class SampleFailedException extends IllegalStateException implements HasViolation {
    private static final long serialVersionUID = 1L;

    private final Failure failure;

    /** For sample {@code index}, which met {@code failure}. */
    public SampleFailedException(long index, Failure failure) {
        super("sample " + index + " failed: " + failure.message(), failure.cause());
        this.failure = failure;
    }

    /** Why the sample failed. */
    public Failure failure() {
        return failure;
    }

    @Override
    public Violation violation() {
        return failure.violation();
    }
}
