package io.scoreflux.stream;

import io.scoreflux.error.Failure;
import io.scoreflux.error.SampleFailedException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The policy for failed samples. A failed sample affects other samples only if the policy is {@link #failStream}. Immutable. */
public final class FaultPolicy {
    private static final FaultPolicy DELIVER = new FaultPolicy(false, null);
    private static final FaultPolicy FAIL_STREAM = new FaultPolicy(true, null);

    private final boolean failsStream;
    private final @Nullable Listener listener;

    /** Receives the failed samples that are skipped. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Called when a failed sample is skipped, in the order of delivery, by one thread at a time. If this method throws, the stream
         * fails. If several requests have the same index, use {@link #deliver} instead: each sample contains its request.
         */
        void skipped(long index, Failure failure);
    }

    private FaultPolicy(boolean failsStream, @Nullable Listener listener) {
        this.failsStream = failsStream;
        this.listener = listener;
    }

    /**
     * Returns the policy that delivers failed samples with their reason. Reading the values of a failed sample throws a
     * {@link SampleFailedException}. This is the default.
     */
    public static FaultPolicy deliver() {
        return DELIVER;
    }

    /** Returns the policy that fails the stream with a {@link SampleFailedException}, at the position of the first failed sample. */
    public static FaultPolicy failStream() {
        return FAIL_STREAM;
    }

    /**
     * Returns the policy that skips failed samples and passes them to a listener. {@code Progress} counts a skipped sample as delivered,
     * but a {@link StreamListener} receives {@link StreamListener#skipped} for it instead of {@link StreamListener#delivered}.
     */
    public static FaultPolicy skip(Listener listener) {
        return new FaultPolicy(false, Objects.requireNonNull(listener, "listener"));
    }

    /**
     * Applies the policy to one sample.
     *
     * @param failure the reason of the failure, or null if the sample did not fail
     * @return whether the sample is delivered
     * @throws SampleFailedException if the policy is {@link #failStream} and the sample failed
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
