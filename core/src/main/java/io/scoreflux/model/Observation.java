package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.Require;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * A linear observation {@code y = A x_0 + r n} of the data, such as inpainting (A selects the known numbers), averages, or blurs. It transforms
 * a denoiser into the denoiser of the data given y,
 *
 * <pre>
 * D_y(z; s) = D + S A' (A S A' + r^2 I)^-1 (y - A D),   S = s^2 C (C + s^2 I)^-1,
 * </pre>
 *
 * where C is the covariance of the denoiser's moments. D_y is {@code E[x_0 | z, y]} under the assumption that x_0 given z has the distribution
 * N(D, S), as for Gaussian data with covariance C. It is exact for Gaussian data with known moments and an approximation for all other data.
 * Near s = 0 it is accurate for any data; at other levels it is as accurate as S. (Boys et al. 2023, arXiv 2310.06721, use the same
 * approximation but compute S from the Jacobian of the network.) If C is diagonal, as it is above {@value Moments#FULL_LIMIT} dimensions, only
 * the denoiser transfers information to numbers that are not observed. The moments of the resulting denoiser are those of Gaussian data
 * given y. {@code io.scoreflux.posterior.Posterior} draws from the exact distribution of the data given y, at a higher cost.
 *
 * <p>C and the mean are those of all data, even under a {@link io.scoreflux.state.Condition}. For a class, D_y is exact only if the class is
 * Gaussian with the moments of all data. Under guidance there is in general no distribution for which D_y could be exact.
 *
 * <p>Each row takes one evaluation of the denoiser. The additional cost is O(d) if C is diagonal and A selects numbers, otherwise
 * O(m^2 d + d^2) for m observed numbers. Immutable and thread-safe.
 */
public final class Observation {
    /** A, or null if A selects numbers. */
    private final double @Nullable [][] matrix;
    /** The indices of the numbers that A selects; empty if A is a matrix. */
    private final int[] indices;

    private final double[] values;
    private final double noise;
    /** ln |det W|, if the rows and values were multiplied by W. */
    private final double logScale;

    private Observation(double @Nullable [][] matrix, int[] indices, double[] values, double noise, double logScale) {
        this.matrix = matrix;
        this.indices = indices;
        this.values = values;
        this.logScale = logScale;
        this.noise = Require.within("noise", noise, 0, Double.POSITIVE_INFINITY);
        Require.finiteRow("values", values, values.length);
        Require.entries("values", values.length, 1);
    }

    /**
     * Returns an observation of some numbers of a row.
     *
     * @param indices the distinct indices of the observed numbers, from 0
     * @param values y, one value for each index
     * @param noise the standard deviation r of the error of each value, at least 0, in the units of the data
     */
    public static Observation pixels(int[] indices, double[] values, double noise) {
        int[] sorted = indices.clone();
        Arrays.sort(sorted);
        for (int i = 0; i < sorted.length; i++) {
            Require.atLeast("indices", sorted[i], 0);
            if (i > 0 && sorted[i] == sorted[i - 1]) {
                throw new InvalidArgumentException("indices", "must be distinct", sorted[i] + " twice");
            }
        }
        requireRows("indices", indices.length, values);
        return new Observation(null, indices.clone(), values.clone(), noise, 0);
    }

    /**
     * Returns an observation of linear functions of a row.
     *
     * @param matrix A, a row of d numbers for each value; must have full rank if {@code noise} is 0
     * @param values y, one value for each row of A
     * @param noise the standard deviation r of the error of each value, at least 0
     */
    public static Observation linear(double[][] matrix, double[] values, double noise) {
        return new Observation(copied(matrix, values), new int[0], values.clone(), noise, 0);
    }

    /**
     * Returns an observation of linear functions of a row, whose errors may be correlated.
     *
     * @param matrix A, a row of d numbers for each value
     * @param values y, one value for each row of A
     * @param noise the covariance of the errors; positive definite
     */
    public static Observation linear(double[][] matrix, double[] values, Covariance noise) {
        double[][] rows = copied(matrix, values);
        double[] whitened = values.clone();
        return new Observation(rows, new int[0], whitened, 1, whiten(rows, whitened, noise));
    }

    /**
     * Returns an observation of averages of numbers of a row, such as blocks of pixels.
     *
     * @param dimension the number of numbers in a row
     * @param groups the distinct indices of the numbers in each average, from 0
     * @param values y, one value for each average
     * @param noise the standard deviation r of the error of each value, at least 0
     */
    public static Observation averages(int dimension, int[][] groups, double[] values, double noise) {
        Require.atLeast("dimension", dimension, 1);
        requireRows("groups", groups.length, values);
        double[][] rows = new double[groups.length][dimension];
        for (int i = 0; i < rows.length; i++) {
            String path = Require.element("groups", i);
            int count = Require.entries(path, groups[i].length, 1);
            for (int index : groups[i]) {
                if (rows[i][Require.within(path, index, 0, dimension - 1)] != 0) {
                    throw new InvalidArgumentException(path, "must be distinct", index + " twice");
                }
                rows[i][index] = 1.0 / count;
            }
        }
        return new Observation(rows, new int[0], values.clone(), noise, 0);
    }

    private static double[][] copied(double[][] matrix, double[] values) {
        requireRows("matrix", matrix.length, values);
        double[][] copy = new double[matrix.length][];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = Require.finiteRow(Require.element("matrix", i), matrix[i], matrix[0].length)
                    .clone();
        }
        return copy;
    }

    /** Multiplies rows and values by the inverse of the Cholesky factor of the covariance. Returns the logarithm of its determinant. */
    private static double whiten(double[][] rows, double[] values, Covariance noise) {
        int n = values.length;
        if (noise.dimension() != 0 && noise.dimension() != n) {
            throw new InvalidArgumentException(
                    "noise",
                    "must have a row for each of the " + n + " values",
                    noise.dimension(),
                    "give the covariance of the errors of all values");
        }
        double[] factor = Cholesky.factor(noise.toMatrix(n));
        if (factor == null) {
            throw new InvalidArgumentException(
                    "noise",
                    "must be positive definite",
                    noise,
                    "add a small number to the diagonal",
                    "leave out values that others determine");
        }
        double logScale = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                double c = factor[i * n + j];
                values[i] -= c * values[j];
                Kernels.addScaled(rows[i], -c, rows[j]);
            }
            double pivot = factor[i * n + i];
            values[i] /= pivot;
            Kernels.setScaled(rows[i], 1 / pivot, rows[i]);
            logScale -= StrictMath.log(pivot);
        }
        return logScale;
    }

    private static void requireRows(String name, int rows, double[] values) {
        if (rows != values.length) {
            throw new InvalidArgumentException(
                    name,
                    "must have an entry for each of the " + values.length + " values",
                    rows,
                    "give one value for each entry");
        }
    }

    /**
     * Returns the denoiser of the data given the observation.
     *
     * @throws IllegalArgumentException if the observation does not fit the dimension of the denoiser, or the denoiser has no moments
     */
    public Denoiser of(Denoiser denoiser) {
        return new Observed(denoiser, correction(denoiser));
    }

    /**
     * Returns the asynchronous denoiser of the data given the observation.
     *
     * @throws IllegalArgumentException if the observation does not fit the dimension of the denoiser, or the denoiser has no moments
     */
    public AsyncDenoiser of(AsyncDenoiser denoiser) {
        return new AsyncObserved(denoiser, correction(denoiser));
    }

    /**
     * Returns the independent directions that this observation measures, with the observed value and the noise of each.
     *
     * @param dimension the number of numbers in a row
     * @throws IllegalArgumentException if the observation does not fit the dimension, its noise is 0, A is 0, or the observation contradicts
     *     itself: rows of A are linearly dependent and their values differ by much more than the noise
     */
    public ObservedDirections directions(int dimension) {
        requireFit(dimension);
        return matrix == null
                ? ObservedDirections.ofNumbers(dimension, indices, values, noise)
                : ObservedDirections.ofRows(matrix, values, noise, logScale);
    }

    private Correction correction(DenoiserInfo denoiser) {
        Objects.requireNonNull(denoiser, "denoiser");
        int d = denoiser.dimension();
        Moments moments = denoiser.moments()
                .orElseThrow(() -> new InvalidArgumentException(
                        "moments",
                        "must be known for an observation, as the covariance determines the correction",
                        null,
                        "give the mean and variance of the data"));
        requireFit(d);
        return matrix == null && !(moments.covariance() instanceof Covariance.Full)
                ? new PixelCorrection(indices, values, noise, moments)
                : new LinearCorrection(matrix == null ? picking(d) : matrix, values, noise, moments);
    }

    private void requireFit(int d) {
        for (int index : indices) {
            if (index >= d) {
                throw new InvalidArgumentException(
                        "indices", "must be below " + d + ", the denoiser's dimension", index, "count from 0");
            }
        }
        if (matrix != null && matrix[0].length != d) {
            throw new InvalidArgumentException(
                    "matrix",
                    "must have rows of the denoiser's dimension " + d,
                    matrix[0].length,
                    "give the matrix a column for each coordinate of the data");
        }
    }

    private double[][] picking(int d) {
        double[][] rows = new double[indices.length][d];
        for (int i = 0; i < rows.length; i++) {
            rows[i][indices[i]] = 1;
        }
        return rows;
    }

    /** The correction of D for an observation. */
    interface Correction {
        /** Replaces D, which begins at index {@code at}, by D_y. */
        void apply(double[] answers, int at, double sigma);

        /** Returns the moments of Gaussian data given y. */
        Moments moments();

        /** Corrects all rows with finite values. */
        default void apply(Rows in, double[] answers) {
            for (int row = 0; row < in.count(); row++) {
                int at = in.offset(row);
                // A row without a value stays without one, so that its sample fails.
                if (Kernels.allFinite(answers, at, in.dimension())) {
                    apply(answers, at, in.sigma(row));
                }
            }
        }
    }

    private abstract static class ObservedInfo extends ForwardingInfo {
        private final Moments moments;

        ObservedInfo(DenoiserInfo about, Moments moments) {
            super(about);
            this.moments = moments;
        }

        @Override
        public Optional<Moments> moments() {
            return Optional.of(moments);
        }
    }

    private static final class Observed extends ObservedInfo implements Denoiser {
        private final Denoiser denoiser;
        private final Correction correction;

        Observed(Denoiser denoiser, Correction correction) {
            super(denoiser, correction.moments());
            this.denoiser = denoiser;
            this.correction = correction;
        }

        @Override
        public void denoise(Rows in, double[] out) {
            denoiser.denoise(in, out);
            correction.apply(in, out);
        }
    }

    private static final class AsyncObserved extends ObservedInfo implements AsyncDenoiser {
        private final AsyncDenoiser denoiser;
        private final Correction correction;

        AsyncObserved(AsyncDenoiser denoiser, Correction correction) {
            super(denoiser, correction.moments());
            this.denoiser = denoiser;
            this.correction = correction;
        }

        @Override
        public Publisher<double[]> denoise(Rows in) {
            return MappedPublisher.mapped(denoiser.denoise(in), answers -> {
                MappedPublisher.requireLength(answers, in);
                correction.apply(in, answers);
                return answers;
            });
        }
    }
}
