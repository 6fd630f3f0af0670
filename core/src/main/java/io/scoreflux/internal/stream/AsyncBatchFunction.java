package io.scoreflux.internal.stream;

import io.scoreflux.state.Rows;
import org.reactivestreams.Publisher;

/** A {@link BatchFunction} whose values arrive later, on a thread of its own. */
@FunctionalInterface
public interface AsyncBatchFunction {
    /**
     * Evaluates all rows of a batch, once the publisher is subscribed to. Cancelling the subscription cancels the evaluation.
     *
     * @param in the rows; not modified; valid until the publisher has terminated or is cancelled
     * @return one array: the values row-major, as many numbers as the batch has; the caller owns it
     */
    Publisher<double[]> evaluate(Rows in);
}
