package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;
import org.jspecify.annotations.Nullable;

/**
 * A linear observation {@code y = A x + e} as independent observations of orthonormal directions v_i: {@code y_i = v_i . x + rho_i n_i} with
 * independent standard normal n_i. The directions are the singular vectors of A in units of the noise, with {@code rho_i = 1 / a_i} for the
 * singular value a_i. Immutable.
 *
 * <p>{@code ln p(y | x)} is the sum of {@code ln N(y_i; v_i . x, rho_i^2)} and {@link #logFactor()}, which does not depend on x.
 */
public final class ObservedDirections {
    /** The smallest singular value relative to the largest that is not a rounding error. */
    private static final double SINGULAR = 1e-11;

    /** The square of larger noise would overflow in products. */
    private static final double MOST_NOISE = 1e100;

    /** The number of standard deviations of noise that a contradiction between values may have. */
    private static final double CONTRADICTION = 8;

    private static final double LOG_TWO_PI = StrictMath.log(2 * Math.PI);

    private final int dimension;
    /** The index of the number that each direction is, or null if the directions are {@link #rows}. */
    private final int @Nullable [] axes;

    private final double[][] rows;
    private final double[] values;
    private final double[] noise;
    private final double logFactor;

    private ObservedDirections(
            int dimension, int @Nullable [] axes, double[][] rows, double[] values, double[] noise, double logFactor) {
        this.dimension = dimension;
        this.axes = axes;
        this.rows = rows;
        this.values = values;
        this.noise = noise;
        this.logFactor = logFactor;
    }

    static ObservedDirections ofNumbers(int dimension, int[] indices, double[] values, double noise) {
        double[] all = new double[indices.length];
        Arrays.fill(all, requireNoise(noise));
        return new ObservedDirections(dimension, indices.clone(), new double[0][], values.clone(), all, 0);
    }

    static ObservedDirections ofRows(double[][] matrix, double[] values, double noise, double logScale) {
        requireNoise(noise);
        int n = matrix.length;
        int d = matrix[0].length;
        SingularValueDecomposition_F64<DMatrixRMaj> svd = DecompositionFactory_DDRM.svd(n, d, true, true, true);
        if (!svd.decompose(new DMatrixRMaj(matrix))) {
            throw new InvalidArgumentException("matrix", "must have a singular value decomposition", null);
        }
        double[] singular = svd.getSingularValues();
        DMatrixRMaj left = svd.getU(null, true);
        DMatrixRMaj right = svd.getV(null, true);
        double largest = Arrays.stream(singular).limit(Math.min(n, d)).max().orElse(0);
        if (!(largest > 0)) {
            throw new InvalidArgumentException("matrix", "must have an entry that is not 0", null);
        }
        int m = 0;
        double[][] rows = new double[Math.min(n, d)][];
        double[] means = new double[rows.length];
        double[] levels = new double[rows.length];
        double[] rest = values.clone();
        double logFactor = logScale;
        for (int i = 0; i < rows.length; i++) {
            if (!(singular[i] > SINGULAR * largest)) {
                continue;
            }
            double projection = 0;
            for (int j = 0; j < n; j++) {
                projection += left.get(i, j) * values[j];
            }
            for (int j = 0; j < n; j++) {
                rest[j] -= left.get(i, j) * projection;
            }
            rows[m] = new double[d];
            for (int j = 0; j < d; j++) {
                rows[m][j] = right.get(i, j);
            }
            means[m] = projection / singular[i];
            levels[m] = noise / singular[i];
            if (!(levels[m] <= MOST_NOISE)) {
                throw new InvalidArgumentException(
                        "matrix",
                        "must have singular values of at least 1e-100 times the noise, or 0",
                        singular[i],
                        "scale the matrix and the values",
                        "leave out rows that observe nothing");
            }
            logFactor -= StrictMath.log(singular[i]);
            m++;
        }
        double contradiction = Kernels.norm(rest, 0, n) / noise;
        requireConsistent(contradiction, n - m, Kernels.norm(values, 0, n) / noise);
        logFactor -= 0.5 * contradiction * contradiction + (n - m) * (0.5 * LOG_TWO_PI + StrictMath.log(noise));
        return new ObservedDirections(
                d, null, Arrays.copyOf(rows, m), Arrays.copyOf(means, m), Arrays.copyOf(levels, m), logFactor);
    }

    private static double requireNoise(double noise) {
        if (!(noise > 0)) {
            throw new InvalidArgumentException(
                    "noise",
                    "must be greater than 0, as the distribution given an exact value is not a density",
                    noise,
                    "give the smallest error that matters");
        }
        return noise;
    }

    private static void requireConsistent(double contradiction, int redundant, double size) {
        double most = Math.sqrt(redundant) + CONTRADICTION + 1e-10 * size;
        if (contradiction > most) {
            throw new InvalidArgumentException(
                    "values",
                    "must be in the range of the matrix up to the noise, at most " + Violation.text(most)
                            + " standard deviations from it",
                    contradiction,
                    "leave out rows that depend on others",
                    "give a larger {noise}");
        }
    }

    /** Returns the number of numbers in a row. */
    public int dimension() {
        return dimension;
    }

    /** Returns the number of observed directions, at least 1. */
    public int count() {
        return values.length;
    }

    /** Returns the observed value y_i. */
    public double value(int i) {
        return values[i];
    }

    /** Returns the standard deviation rho_i of the noise of a direction. */
    public double noise(int i) {
        return noise[i];
    }

    /** Returns the smallest standard deviation of the noise of all directions. */
    public double leastNoise() {
        return Arrays.stream(noise).min().orElseThrow();
    }

    /** Returns the term of {@code ln p(y | x)} that does not depend on x. */
    public double logFactor() {
        return logFactor;
    }

    /** Returns {@code v_i . x} for the row x that begins at an index of an array. */
    public double coordinate(int i, double[] x, int at) {
        return axes != null ? x[at + axes[i]] : Kernels.dot(rows[i], 0, x, at, dimension);
    }

    /** Computes {@code x += amount v_i} for the row x that begins at an index of an array. */
    public void add(int i, double amount, double[] x, int at) {
        if (axes != null) {
            x[at + axes[i]] += amount;
        } else {
            Kernels.addScaled(x, at, amount, rows[i], 0, dimension);
        }
    }
}
