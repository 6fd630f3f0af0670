package io.scoreflux.model;

import io.scoreflux.internal.Require;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Objects;

/**
 * A denoiser, the posterior mean {@code D(z; sigma) = E[x_0 | x_0 + sigma n = z]}, evaluated for a batch of rows.
 *
 * <p>The score is {@code (D - z) / sigma^2}. Several threads call an implementation concurrently. The value of a row must not depend on the
 * other rows. Implementations read {@code in} only during the call and write every number of every row. If a row is not written or its
 * value is not finite, its sample fails. If a call throws, it is repeated on halves of the batch until the rows that cause the exception
 * are found.
 */
public interface Denoiser extends DenoiserInfo {

    /**
     * Evaluates D for all rows of a batch.
     *
     * @param in states z and canonical noise levels; must be neither modified nor retained
     * @param out receives D row-major from index 0; may be longer than the batch
     */
    void denoise(Rows in, double[] out);

    /**
     * Creates a denoiser from a formula for one row.
     *
     * @param dimension the number of numbers in a row, at least 1
     * @param formula writes D(z; sigma); called by several threads concurrently
     */
    static Denoiser rowwise(int dimension, RowFormula formula) {
        Require.atLeast("dimension", dimension, 1);
        Objects.requireNonNull(formula, "formula");
        return new Denoiser() {
            @Override
            public int dimension() {
                return dimension;
            }

            @Override
            public void denoise(Rows in, double[] out) {
                double[] z = new double[dimension];
                double[] answer = new double[dimension];
                for (int row = 0; row < in.count(); row++) {
                    System.arraycopy(in.values(), in.offset(row), z, 0, dimension);
                    Arrays.fill(answer, Double.NaN);
                    formula.denoise(z, in.sigma(row), answer);
                    System.arraycopy(answer, 0, out, row * dimension, dimension);
                }
            }
        };
    }

    /** The formula of a denoiser for one row. */
    @FunctionalInterface
    interface RowFormula {
        /**
         * Writes D(z; sigma).
         *
         * @param z the state; a copy that may be overwritten
         * @param sigma its canonical noise level, positive
         * @param out receives D; has the length of z
         */
        void denoise(double[] z, double sigma, double[] out);
    }
}
