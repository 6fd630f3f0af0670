package io.scoreflux.logconcave;

import io.scoreflux.state.Rows;
import org.reactivestreams.Publisher;

/**
 * A log-concave density whose gradient is computed asynchronously, for example by a remote model or on the queue of an accelerator. The
 * rules of {@link LogConcave} apply. The publisher may emit on any thread.
 */
public interface AsyncLogConcave {

    /** Returns the number of coordinates, at least 1. */
    int dimension();

    /**
     * Returns a publisher of the gradient of f at all rows of a batch. The computation must not start before the publisher is subscribed
     * to. Cancelling the subscription abandons the call. The call fails if the publisher fails, completes without a value, or emits an
     * array of another length.
     *
     * @param at the points; noise levels of the rows have no meaning; must not be modified; valid until the publisher terminates or is
     *     cancelled
     * @return a publisher of one array with exactly {@code at.count()} gradients, row-major; the caller then owns the array
     */
    Publisher<double[]> gradient(Rows at);

    /** Returns whether the gradient is defined everywhere; see {@link LogConcave#definedEverywhere}. Defaults to true. */
    default boolean definedEverywhere() {
        return true;
    }
}
