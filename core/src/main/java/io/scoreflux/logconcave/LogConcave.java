package io.scoreflux.logconcave;

import io.scoreflux.internal.Require;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * A density proportional to {@code exp(-f(x))} with f convex, of which only the gradient of f is known, for many rows in one call.
 *
 * <p>Implementations are called from several threads at once, must answer each row as if it were alone, read {@code at} only during
 * the call, and write every number of every row. A row that is left unwritten, or whose gradient is not finite, fails its own chain.
 */
public interface LogConcave {

    /** Numbers in a row, at least 1. */
    int dimension();

    /**
     * Writes the gradient of f for all rows of a batch.
     *
     * @param at the points; the rows' noise levels mean nothing; not modified, not kept
     * @param out receives the gradients row-major from index 0; may be longer than the batch
     */
    void gradient(Rows at, double[] out);

    /**
     * Whether the gradient is known on all of space. If not, it is asked for only where the {@link ConvexTerm} beside it is finite,
     * which takes a path that costs more weights beyond the bound. Defaults to true.
     */
    default boolean definedEverywhere() {
        return true;
    }

    /**
     * A density from a formula for one row.
     *
     * @param dimension numbers in a row
     * @param formula writes the gradient of f at its first argument, which is its own to overwrite, to its second, as long; called from
     *     several threads at once
     */
    static LogConcave rowwise(int dimension, BiConsumer<double[], double[]> formula) {
        Require.atLeast("dimension", dimension, 1);
        Objects.requireNonNull(formula, "formula");
        return new LogConcave() {
            @Override
            public int dimension() {
                return dimension;
            }

            @Override
            public void gradient(Rows at, double[] out) {
                double[] x = new double[dimension];
                double[] gradient = new double[dimension];
                for (int row = 0; row < at.count(); row++) {
                    System.arraycopy(at.values(), at.offset(row), x, 0, dimension);
                    Arrays.fill(gradient, Double.NaN);
                    formula.accept(x, gradient);
                    System.arraycopy(gradient, 0, out, row * dimension, dimension);
                }
            }
        };
    }
}
