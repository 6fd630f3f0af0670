package io.scoreflux.internal.stream;

import io.scoreflux.state.Rows;

/**
 * A function of rows that evaluates many rows in one call, such as a denoiser or the gradient of a density. Each value depends only on its
 * own row. Implementations must be thread-safe: several threads call them at once.
 */
@FunctionalInterface
public interface BatchFunction {
    /**
     * Evaluates all rows of a batch.
     *
     * @param in the rows; must be neither modified nor retained
     * @param out receives the values row-major from index 0, for each row as many numbers as the row has; may be longer than the batch
     */
    void evaluate(Rows in, double[] out);
}
