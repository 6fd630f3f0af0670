package io.scoreflux.internal.expectation;

import io.scoreflux.model.Covariance;
import io.scoreflux.model.Moments;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.jspecify.annotations.Nullable;

/**
 * The principal axes of the initial states, largest variance first. Along them, an initial state is its mean plus independent normal numbers
 * times standard deviations. Immutable and thread-safe.
 */
public final class StartAxes {
    private final int dimension;
    private final double[] mean;
    private final double[] deviations;
    /** The axis of each coordinate if the covariance is diagonal, otherwise empty. */
    private final int[] order;
    /** The axes as rows, or empty if the covariance is diagonal. */
    private final double[][] axes;

    /**
     * Creates the axes of N(mean, sigma^2 I + Cov).
     *
     * @param moments the moments of the data, or null if unknown
     * @param sigma the largest noise level
     */
    public StartAxes(int dimension, @Nullable Moments moments, double sigma) {
        this.dimension = dimension;
        this.mean = moments == null ? new double[dimension] : moments.mean();
        Covariance covariance = moments == null ? new Covariance.Isotropic(0) : moments.covariance();
        double[] variances = new double[dimension];
        double[][] vectors = new double[dimension][];
        boolean full = covariance instanceof Covariance.Full;
        if (full) {
            EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(dimension, true, true);
            if (!eigen.decompose(new DMatrixRMaj(covariance.toMatrix(dimension)))) {
                throw new IllegalStateException("the covariance of the data has no eigenvalue decomposition");
            }
            for (int i = 0; i < dimension; i++) {
                variances[i] = Math.max(0, eigen.getEigenvalue(i).getReal());
                vectors[i] = eigen.getEigenVector(i).data;
            }
        } else {
            for (int i = 0; i < dimension; i++) {
                variances[i] = covariance.variance(i);
            }
        }
        int[] sorted = IntStream.range(0, dimension)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -variances[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        this.order = full ? new int[0] : sorted;
        this.axes = full ? Arrays.stream(sorted).mapToObj(i -> vectors[i]).toArray(double[][]::new) : new double[0][];
        this.deviations = Arrays.stream(sorted)
                .mapToDouble(i -> Math.sqrt(sigma * sigma + variances[i]))
                .toArray();
    }

    /** Returns the state with the given normal numbers along the axes. */
    public double[] state(double[] normals) {
        double[] state = mean.clone();
        for (int j = 0; j < dimension; j++) {
            double length = deviations[j] * normals[j];
            if (axes.length == 0) {
                state[order[j]] += length;
            } else {
                for (int i = 0; i < dimension; i++) {
                    state[i] += length * axes[j][i];
                }
            }
        }
        return state;
    }

    /** Returns the normal numbers of a state along the first {@code count} axes. */
    public double[] normals(double[] state, int count) {
        double[] normals = new double[count];
        for (int j = 0; j < count; j++) {
            if (axes.length == 0) {
                normals[j] = (state[order[j]] - mean[order[j]]) / deviations[j];
            } else {
                double sum = 0;
                for (int i = 0; i < dimension; i++) {
                    sum += axes[j][i] * (state[i] - mean[i]);
                }
                normals[j] = sum / deviations[j];
            }
        }
        return normals;
    }
}
