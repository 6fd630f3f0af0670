package io.scoreflux.files.posterior;

import io.scoreflux.internal.Kernels;
import io.scoreflux.logconcave.LogConcave;
import io.scoreflux.state.Rows;

/** A normal distribution: {@code grad f(x) = precision (x - mean)}. */
public final class Normal implements LogConcave {
    private final double[] mean;
    private final double[][] precision;

    /** A normal distribution; arrays are not copied. */
    public Normal(double[] mean, double[][] precision) {
        this.mean = mean;
        this.precision = precision;
    }

    @Override
    public int dimension() {
        return mean.length;
    }

    @Override
    public void gradient(Rows at, double[] out) {
        int d = mean.length;
        double[] from = new double[d];
        for (int row = 0; row < at.count(); row++) {
            for (int i = 0; i < d; i++) {
                from[i] = at.values()[at.offset(row) + i] - mean[i];
            }
            for (int i = 0; i < d; i++) {
                out[row * d + i] = Kernels.dot(precision[i], 0, from, 0, d);
            }
        }
    }
}
