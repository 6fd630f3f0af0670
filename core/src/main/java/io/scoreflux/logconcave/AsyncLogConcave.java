package io.scoreflux.logconcave;

import io.scoreflux.state.Rows;
import org.reactivestreams.Publisher;

/**
 * A {@link LogConcave} density whose gradient comes later: from a remote model, an accelerator's queue. The same question and the same
 * rules; the publisher answers on a thread of its own.
 */
public interface AsyncLogConcave {

    /** Numbers in a row, at least 1. */
    int dimension();

    /**
     * Asks for the gradient of f at all rows of a batch. Nothing is to happen before the publisher is subscribed to; cancelling the
     * subscription gives up the call. A publisher that fails, completes without an answer or gives one of another length fails the
     * call.
     *
     * @param at the points; the rows' noise levels mean nothing; not modified; valid until the publisher has ended or is cancelled
     * @return one answer: gradients row-major, {@code at.count()} rows exactly; the array is the caller's from then on
     */
    Publisher<double[]> gradient(Rows at);

    /** As {@link LogConcave#definedEverywhere}. Defaults to true. */
    default boolean definedEverywhere() {
        return true;
    }
}
