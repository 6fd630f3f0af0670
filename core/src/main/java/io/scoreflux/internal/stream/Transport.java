package io.scoreflux.internal.stream;

import io.scoreflux.state.Rows;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.util.context.Context;

/** Evaluates the batch function, here or elsewhere. */
interface Transport {
    /**
     * Starts a call. It ends with one call of one consumer, from any thread, possibly before this method returns; with none if it is disposed
     * before and {@link #canGiveUp} is true.
     *
     * @param buffer from {@link #buffer}
     * @param context of those who ask
     * @param answered receives the answers, row-major, at least as many numbers as asked for
     * @param failed receives why there are none
     * @return cancels the call, if that is possible; unless {@link #canGiveUp}, {@code failed} is then called
     */
    Disposable send(
            Rows rows, double[] buffer, Context context, Consumer<double[]> answered, Consumer<Throwable> failed);

    /**
     * The array for the answers to these rows. It is allocated while a call is built, so that a lack of memory only affects the rows for
     * which it grows.
     *
     * @param current the call's present array
     */
    double[] buffer(double[] current, Rows rows);

    /** Whether calls are made and answered on the thread that sends. */
    boolean callsHere();

    /** Whether a call in flight can be given up at any time; if not, it keeps its slot until its end. */
    boolean canGiveUp();

    /** Whether a call's rows may be used again once it has ended. */
    boolean returnsRows();
}
