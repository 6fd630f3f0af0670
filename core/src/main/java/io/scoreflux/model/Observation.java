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
 * A linear observation {@code y = A x_0 + r n} of what is to be sampled: inpainting, where A picks the known numbers, averages,
 * blurs. It turns a denoiser into that of the data given y,
 *
 * <pre>
 * D_y(z; s) = D + S A' (A S A' + r^2 I)^-1 (y - A D),   S = s^2 C (C + s^2 I)^-1,
 * </pre>
 *
 * which is {@code E[x_0 | z, y]} with the law of x_0 given z taken for the Gaussian N(D, S), S being what it is for Gaussian data of the
 * covariance C of the denoiser's moments. So it is exact for Gaussian data of known moments and an approximation for all other (that of
 * Boys et al. 2023, arXiv 2310.06721, with their S from the moments instead of the network's Jacobian): near s = 0 it is right
 * for any data, in between it is as right as S. Where C is diagonal, as beyond {@value Moments#FULL_LIMIT} dimensions, numbers
 * that are not observed change by way of the denoiser alone. The moments that are given with it are those of Gaussian data given y.
 *
 * <p>C and the mean are those of the whole data, under a {@link io.scoreflux.state.Condition} too: of one class it is exact only where the
 * class is Gaussian with the moments of the whole. Guided rows are in general of no law that it could be exact for.
 *
 * <p>One evaluation a row; beside it O(d) where C is diagonal and A picks, else O(m^2 d + d^2) for m observed numbers. Immutable and
 * thread-safe.
 */
public final class Observation {
    /** A, or null where it picks. */
    private final double @Nullable [][] matrix;
    /** The numbers that A picks, where it does. */
    private final int[] indices;

    private final double[] values;
    private final double noise;

    private Observation(double @Nullable [][] matrix, int[] indices, double[] values, double noise) {
        this.matrix = matrix;
        this.indices = indices;
        this.values = values;
        this.noise = Require.within("noise", noise, 0, Double.POSITIVE_INFINITY);
        Require.finiteRow("values", values, values.length);
        Require.entries("values", values.length, 1);
    }

    /**
     * Some numbers of a row are known.
     *
     * @param indices which, from 0, each once
     * @param values what they are; as many
     * @param noise the standard deviation r of each value's error, at least 0, in the data's units
     */
    public static Observation pixels(int[] indices, double[] values, double noise) {
        int[] sorted = indices.clone();
        Arrays.sort(sorted);
        for (int i = 0; i < sorted.length; i++) {
            Require.atLeast("indices", sorted[i], 0);
            if (i > 0 && sorted[i] == sorted[i - 1]) {
                throw new InvalidArgumentException("indices", "must be given once", sorted[i] + " twice");
            }
        }
        requireRows("indices", indices.length, values);
        return new Observation(null, indices.clone(), values.clone(), noise);
    }

    /**
     * Any linear function of a row is known.
     *
     * @param matrix A: a row of d numbers for each value, of full rank unless there is noise
     * @param values y; as many as A has rows
     * @param noise the standard deviation r of each value's error, at least 0
     */
    public static Observation linear(double[][] matrix, double[] values, double noise) {
        requireRows("matrix", matrix.length, values);
        double[][] copy = new double[matrix.length][];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = Require.finiteRow(Require.element("matrix", i), matrix[i], matrix[0].length)
                    .clone();
        }
        return new Observation(copy, new int[0], values.clone(), noise);
    }

    private static void requireRows(String name, int rows, double[] values) {
        if (rows != values.length) {
            throw new InvalidArgumentException(
                    name, "must have an entry for each of the " + values.length + " values", rows);
        }
    }

    /**
     * The denoiser of what was observed.
     *
     * @throws IllegalArgumentException if the observation does not fit its dimension, or it has no moments
     */
    public Denoiser of(Denoiser denoiser) {
        return new Observed(denoiser, correction(denoiser));
    }

    /** The same of an asynchronous denoiser. */
    public AsyncDenoiser of(AsyncDenoiser denoiser) {
        return new AsyncObserved(denoiser, correction(denoiser));
    }

    private Correction correction(DenoiserInfo denoiser) {
        Objects.requireNonNull(denoiser, "denoiser");
        int d = denoiser.dimension();
        Moments moments = denoiser.moments()
                .orElseThrow(() -> new InvalidArgumentException(
                        "moments",
                        "must be known for an observation, as they say how far it reaches",
                        null,
                        "give the mean and variance of the data"));
        for (int index : indices) {
            if (index >= d) {
                throw new InvalidArgumentException(
                        "indices", "must be below " + d + ", the denoiser's dimension", index);
            }
        }
        if (matrix != null && matrix[0].length != d) {
            throw new InvalidArgumentException(
                    "matrix", "must have rows of the denoiser's dimension " + d, matrix[0].length);
        }
        return matrix == null && !(moments.covariance() instanceof Covariance.Full)
                ? new PixelCorrection(indices, values, noise, moments)
                : new LinearCorrection(matrix == null ? picking(d) : matrix, values, noise, moments);
    }

    private double[][] picking(int d) {
        double[][] rows = new double[indices.length][d];
        for (int i = 0; i < rows.length; i++) {
            rows[i][indices[i]] = 1;
        }
        return rows;
    }

    /** What an observation does to D at a level. */
    interface Correction {
        /** Changes D, from {@code at} on, to D_y. */
        void apply(double[] answers, int at, double sigma);

        /** The moments of Gaussian data given y. */
        Moments moments();

        /** Corrects all rows. */
        default void apply(Rows in, double[] answers) {
            for (int row = 0; row < in.count(); row++) {
                int at = in.offset(row);
                // A row without an answer stays one.
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
