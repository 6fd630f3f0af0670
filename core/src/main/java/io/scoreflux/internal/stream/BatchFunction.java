package io.scoreflux.internal.stream;

import io.scoreflux.state.Rows;

/**
 * A function of rows, evaluated for many rows in one call: the answers of a denoiser, or the gradient of a density. Each value depends on its own
 * row alone. Called from several threads at once.
 */
@FunctionalInterface
public interface BatchFunction {
    /**
     * Evaluates all rows of a batch.
     *
     * @param in the rows; not modified, not kept
     * @param out receives the values row-major from index 0, as many numbers for a row as the row has; may be longer than the batch
     */
    void evaluate(Rows in, double[] out);
}
