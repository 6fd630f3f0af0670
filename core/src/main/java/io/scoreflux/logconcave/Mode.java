package io.scoreflux.logconcave;

import io.scoreflux.internal.Values;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a density {@code exp(-f - h)} is greatest and how f is curved there, found from gradients alone: Newton's steps, with the Jacobian of the
 * gradient by central differences of two rows an axis. Without a term, the normal law around the point with the inverse of the
 * Hessian for its covariance is Laplace's approximation. Modes are equal if all of their numbers are equal.
 *
 * <p>The Hessian at the mode does not give the scale of a density that is flat there, such as exp(-x^4). So the curvature is measured again
 * one deviation away. If both agree within a factor of 5, the Hessian gives the deviations and {@code scale} is empty. Otherwise {@code
 * scale} has the deviations that were found along suitable directions, and replaces the Hessian as preconditioner and curvature.
 *
 * @param point the mode; near it where a term stands beside f
 * @param hessian of f at the point, symmetric
 * @param scale a matrix C, or empty if the Hessian, plus the curvature of a term, gives the deviations. Each column of C is about one
 * standard deviation of the density along its direction, and C C' is about the covariance
 * @param gradients evaluations that it took
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by contents.
public record Mode(double[] point, double[][] hessian, double[][] scale, long gradients) {
    /** Copies. */
    public Mode {
        point = point.clone();
        hessian = copy(hessian);
        scale = copy(scale);
    }

    /** A mode whose Hessian gives the deviations. */
    public Mode(double[] point, double[][] hessian, long gradients) {
        this(point, hessian, new double[0][], gradients);
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

    /** A copy. */
    @Override
    public double[][] scale() {
        return copy(scale);
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
                && Arrays.deepEquals(hessian, that.hessian)
                && Arrays.deepEquals(scale, that.scale);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                gradients, Arrays.hashCode(point), Arrays.deepHashCode(hessian), Arrays.deepHashCode(scale));
    }

    @Override
    public String toString() {
        return "Mode[point=" + Values.shown(point) + ", gradients=" + gradients + "]";
    }
}
