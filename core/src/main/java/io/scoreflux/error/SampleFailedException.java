package io.scoreflux.error;

/** Thrown when the values of a failed sample are read, and signalled by a stream that ends at a failed sample. */
public final class SampleFailedException extends IllegalStateException implements HasViolation {
    private static final long serialVersionUID = 1L;

    private final Failure failure;

    /** Creates an exception for sample {@code index}, which failed with {@code failure}. */
    public SampleFailedException(long index, Failure failure) {
        super("sample " + index + " failed: " + failure.message(), failure.cause());
        this.failure = failure;
    }

    /** Returns the failure of the sample. */
    public Failure failure() {
        return failure;
    }

    @Override
    public Violation violation() {
        return failure.violation();
    }
}
