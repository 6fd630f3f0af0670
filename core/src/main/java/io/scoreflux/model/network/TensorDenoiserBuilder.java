package io.scoreflux.model.network;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;

/**
 * Collects the settings of a network that is called tensor by tensor; neither immutable nor thread-safe.
 *
 * @param <B> the builder that its methods return
 */
public abstract class TensorDenoiserBuilder<B extends TensorDenoiserBuilder<B>> extends NetworkBuilder<B> {
    /** The largest number of rows that calls can be fixed at. */
    public static final int MOST_FIXED_ROWS = 1 << 20;

    long memory = 256L << 20;
    int fixedRows;

    /** For the builders of transports. */
    protected TensorDenoiserBuilder() {}

    /**
     * Limits the memory of one call, in bytes; a call of more rows is divided. A row is assumed to need {@value TensorDenoiser#LAYERS} times
     * the bytes of its tensors, for the layers between them. Defaults to 256 MiB.
     */
    public final B memory(long bytes) {
        this.memory = Require.atLeast("memory", bytes, 1);
        return self();
    }

    /**
     * Calls the model with the same number of rows each time and pads calls of fewer rows with copies of a row: a row's answer is then the
     * same whatever rows are asked for with it, bit for bit, on one kind of machine and with the same number of threads. By default calls have
     * as many rows as are asked for, and the last digits of an answer depend on their number.
     *
     * @param rows at least 1, at most {@value #MOST_FIXED_ROWS}; more than 1 are rounded up to a multiple of 16, unless the model itself
     *     fixes them
     */
    public final B fixedRows(int rows) {
        if (rows > MOST_FIXED_ROWS) {
            throw new InvalidArgumentException(
                    "fixedRows", "must be at most " + MOST_FIXED_ROWS + ", as calls of more rows gain nothing", rows);
        }
        this.fixedRows = Require.atLeast("fixedRows", rows, 1);
        return self();
    }

    /**
     * Matches the model with the settings and tries it with two rows.
     *
     * @throws io.scoreflux.model.ModelException if the model does not fit the settings
     */
    public abstract TensorDenoiser open();
}
