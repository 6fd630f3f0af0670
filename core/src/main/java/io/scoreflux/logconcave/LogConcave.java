package io.scoreflux.logconcave;

import io.scoreflux.internal.Require;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * A density proportional to {@code exp(-f(x))} with a convex f of which only the gradient is known. One call evaluates the gradient for
 * many rows.
 *
 * <p>Several threads call an implementation concurrently. It must evaluate each row independently of the others, read {@code at} only
 * during the call, and write every number of every row. A row that is not written, or whose gradient is not finite, fails the chain of that
 * row only.
 */
public interface LogConcave {

    /** Returns the number of coordinates, at least 1. */
    int dimension();

    /**
     * Writes the gradient of f for all rows of a batch.
     *
     * @param at the points; noise levels of the rows have no meaning; must not be modified or kept
     * @param out receives the gradients, row-major from index 0; may be longer than the batch
     */
    void gradient(Rows at, double[] out);

    /**
     * Returns whether the gradient is defined everywhere. If not, the sampler evaluates it only where the {@link ConvexTerm} is finite. The
     * weights then use another path, for which more weights exceed the bound. Defaults to true.
     */
    default boolean definedEverywhere() {
        return true;
    }

    /**
     * Returns a density from a formula for one row.
     *
     * @param dimension the number of coordinates
     * @param formula writes the gradient of f at its first argument to its second, which has the same length; it may overwrite the first;
     *     several threads call it concurrently
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
