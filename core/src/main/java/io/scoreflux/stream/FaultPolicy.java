package io.scoreflux.stream;

import io.scoreflux.error.Failure;
import io.scoreflux.error.SampleFailedException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a sample that failed. Others are not concerned by its failure, only, if {@link #failStream} says so, by this
 * policy. Immutable.
 */
public final class FaultPolicy {
    private static final FaultPolicy DELIVER = new FaultPolicy(false, null);
    private static final FaultPolicy FAIL_STREAM = new FaultPolicy(true, null);

    private final boolean failsStream;
    private final @Nullable Listener listener;

    /** Is told of a sample that is left out. */
    @FunctionalInterface
    public interface Listener {
        /**
         * A sample failed and is left out. Called in the order of delivery, by one thread at a time; what it throws fails
         * the stream. Where requests share an index, deliver failed samples instead: each names its request.
         */
        void skipped(long index, Failure failure);
    }

    private FaultPolicy(boolean failsStream, @Nullable Listener listener) {
        this.failsStream = failsStream;
        this.listener = listener;
    }

    /** It is delivered with its reason; asking it for values throws. The default. */
    public static FaultPolicy deliver() {
        return DELIVER;
    }

    /** The stream fails in its place, with a {@link SampleFailedException}. */
    public static FaultPolicy failStream() {
        return FAIL_STREAM;
    }

    /** It is left out, and the listener is told. {@code Progress} counts it as delivered all the same, listeners of streams do not. */
    public static FaultPolicy skip(Listener listener) {
        return new FaultPolicy(false, Objects.requireNonNull(listener, "listener"));
    }

    /**
     * Applies this to one sample.
     *
     * @param failure why it failed, or null if it did not
     * @return whether it is delivered
     * @throws SampleFailedException if the stream is to fail
     */
    public boolean delivers(long index, @Nullable Failure failure) {
        if (failure == null) {
            return true;
        }
        if (failsStream) {
            throw new SampleFailedException(index, failure);
        }
        if (listener == null) {
            return true;
        }
        listener.skipped(index, failure);
        return false;
    }
}
