package io.scoreflux.internal.stream;

import io.scoreflux.state.Rows;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.util.context.Context;

/** A way to evaluate the batch function, on the calling thread or elsewhere. */
interface Transport {
    /**
     * Starts a call. It ends with one call of one consumer, on any thread, possibly before this method returns. If it is disposed of before
     * that and {@link #canGiveUp} is true, it calls no consumer.
     *
     * @param buffer the result of {@link #buffer}
     * @param context the context of the call
     * @param answered receives the values, row-major; the array may be longer than the batch
     * @param failed receives the reason why there are no values
     * @return cancels the call, if that is possible; unless {@link #canGiveUp}, {@code failed} is then called
     */
    Disposable send(
            Rows rows, double[] buffer, Context context, Consumer<double[]> answered, Consumer<Throwable> failed);

    /**
     * Returns the array for the values of the rows. It is allocated while a call is built, so that a lack of memory only affects the rows for
     * which it grows.
     *
     * @param current the current array of the call
     */
    double[] buffer(double[] current, Rows rows);

    /** Returns whether calls run and end on the thread that sends. */
    boolean callsHere();

    /** Returns whether a call can be abandoned at any time. If not, it counts as in flight until it ends. */
    boolean canGiveUp();

    /** Returns whether the rows of a call may be reused after it has ended. */
    boolean returnsRows();
}
