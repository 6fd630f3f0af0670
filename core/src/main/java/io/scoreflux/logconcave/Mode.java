package io.scoreflux.logconcave;

import io.scoreflux.state.Values;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a density {@code exp(-f - h)} is greatest and how f is curved there, found from gradients alone: Newton's steps, with the Jacobian of the
 * gradient by central differences of two rows an axis. Without a term, the normal law around the point with the inverse of the
 * Hessian for its covariance is Laplace's approximation. Modes are equal if their numbers are.
 *
 * @param point the mode; near it where a term stands beside f
 * @param hessian of f at the point, symmetric
 * @param gradients evaluations that it took
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by contents.
public record Mode(double[] point, double[][] hessian, long gradients) {
    /** Copies. */
    public Mode {
        point = point.clone();
        hessian = copy(hessian);
    }

    /** A copy. */
    @Override
    public double[] point() {
        return point.clone();
    }

    /** A copy. */
    @Override
    public double[][] hessian() {
        return copy(hessian);
    }

    private static double[][] copy(double[][] matrix) {
        double[][] rows = new double[matrix.length][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = matrix[i].clone();
        }
        return rows;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Mode that
                && gradients == that.gradients
                && Arrays.equals(point, that.point)
                && Arrays.deepEquals(hessian, that.hessian);
    }

    @Override
    public int hashCode() {
        return Objects.hash(gradients, Arrays.hashCode(point), Arrays.deepHashCode(hessian));
    }

    @Override
    public String toString() {
        return "Mode[point=" + Values.shown(point) + ", gradients=" + gradients + "]";
    }
}
