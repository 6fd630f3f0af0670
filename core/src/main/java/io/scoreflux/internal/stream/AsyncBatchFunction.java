package io.scoreflux.internal.stream;

import io.scoreflux.state.Rows;
import org.reactivestreams.Publisher;

/** An asynchronous {@link BatchFunction}. */
@FunctionalInterface
public interface AsyncBatchFunction {
    /**
     * Evaluates all rows of a batch when the publisher is subscribed to. Cancelling the subscription cancels the evaluation.
     *
     * @param in the rows; not modified; valid until the publisher has terminated or is cancelled
     * @return a publisher of one array: the values row-major, as many numbers as the batch has; the caller owns the array
     */
    Publisher<double[]> evaluate(Rows in);
}
