package io.scoreflux.model;

import io.scoreflux.internal.Require;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Objects;

/**
 * The posterior mean {@code D(z; sigma) = E[x_0 | x_0 + sigma n = z]}, for many rows in one call.
 *
 * <p>The score is {@code (D - z) / sigma^2}. Implementations are called from several threads at once. They must answer each
 * row as if it were alone, read {@code in} only during the call, and write every number of every row. A row that is not written, or whose
 * answer is not finite, fails its sample. A call that throws is repeated on halves until the rows that cause the exception are found.
 */
public interface Denoiser extends DenoiserInfo {

    /**
     * Answers all rows of a batch.
     *
     * @param in states z and canonical noise levels; not modified, not kept
     * @param out receives D row-major from index 0; may be longer than the batch
     */
    void denoise(Rows in, double[] out);

    /**
     * A denoiser from a formula for one row.
     *
     * @param dimension numbers in a row
     * @param formula writes D(z; sigma); called from several threads at once
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

    /** A denoiser's formula for one row. */
    @FunctionalInterface
    interface RowFormula {
        /**
         * Writes D(z; sigma).
         *
         * @param z the state; yours to overwrite
         * @param sigma its canonical noise level, positive
         * @param out receives the answer, as long as z
         */
        void denoise(double[] z, double sigma, double[] out);
    }
}
