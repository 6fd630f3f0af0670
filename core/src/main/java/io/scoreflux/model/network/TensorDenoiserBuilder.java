package io.scoreflux.model.network;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;

/**
 * Collects the settings of a network that a {@link TensorTransport} runs. Not thread-safe.
 *
 * @param <B> the builder that its methods return
 */
public abstract class TensorDenoiserBuilder<B extends TensorDenoiserBuilder<B>> extends NetworkBuilder<B> {
    /** The largest value of {@link #fixedRows(int)}. */
    public static final int MAX_FIXED_ROWS = 1 << 20;

    long memory = 256L << 20;
    int fixedRows;

    /** Creates a builder with the default settings. */
    protected TensorDenoiserBuilder() {}

    /**
     * Sets the maximum memory of one call, in bytes; at least 1. Larger batches are divided into several calls. Each row is assumed to need
     * {@value TensorDenoiser#LAYERS} times the bytes of its state, time, label and output, to account for the layers of the network, and once
     * the bytes of its condition's tensors. Defaults to 256 MiB.
     */
    public final B memory(long bytes) {
        this.memory = Require.atLeast("memory", bytes, 1);
        return self();
    }

    /**
     * Sets a fixed number of rows for every call of the model. Calls with fewer rows are padded with copies of a row. The value of a row is then
     * bit-identical for any other rows in its call, on one kind of machine and with the same number of threads. By default, the number of rows
     * varies from call to call, and the last digits of a value depend on it.
     *
     * @param rows at least 1, at most {@value #MAX_FIXED_ROWS}; values above 1 are rounded up to a multiple of 16, unless the model itself
     *     fixes the number of rows
     */
    public final B fixedRows(int rows) {
        if (rows > MAX_FIXED_ROWS) {
            throw new InvalidArgumentException(
                    "fixedRows", "must be at most " + MAX_FIXED_ROWS + ", as calls of more rows gain nothing", rows);
        }
        this.fixedRows = Require.atLeast("fixedRows", rows, 1);
        return self();
    }

    /**
     * Opens the denoiser: matches the model with the settings and makes a trial call, by default with two rows.
     *
     * @throws io.scoreflux.model.ModelException if the model does not fit the settings
     */
    public abstract TensorDenoiser open();
}
