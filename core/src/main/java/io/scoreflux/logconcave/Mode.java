package io.scoreflux.logconcave;

import io.scoreflux.internal.Values;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The mode of a density {@code exp(-f - h)} and the Hessian of f there, computed from gradients only: by Newton steps, with the Jacobian of
 * the gradient by central differences of two rows for each axis. Without a term, the normal distribution around the point with the inverse
 * of the Hessian as covariance is Laplace's approximation. Modes are equal if all of their numbers are equal.
 *
 * <p>The Hessian at the mode does not give the scale of a density that is flat there, such as exp(-x^4). So the curvature is measured again
 * one standard deviation away. If both agree within a factor of 5, the Hessian gives the standard deviations and {@code scale} is empty.
 * Otherwise {@code scale} contains the standard deviations that were found along suitable directions, and replaces the Hessian as
 * preconditioner and curvature.
 *
 * @param point the mode, or a point near it if there is a term
 * @param hessian the Hessian of f at the point, symmetric
 * @param scale a matrix C, or empty if the Hessian, plus the curvature of a term, gives the standard deviations. Each column of C is about
 *     one standard deviation of the density along its direction, and C C' is about the covariance
 * @param gradients the number of evaluations of the gradient
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by contents.
public record Mode(double[] point, double[][] hessian, double[][] scale, long gradients) {
    /** Copies the arrays. */
    public Mode {
        point = point.clone();
        hessian = copy(hessian);
        scale = copy(scale);
    }

    /** Creates a mode whose Hessian gives the standard deviations. */
    public Mode(double[] point, double[][] hessian, long gradients) {
        this(point, hessian, new double[0][], gradients);
    }

    /** Returns a copy of the point. */
    @Override
    public double[] point() {
        return point.clone();
    }

    /** Returns a copy of the Hessian. */
    @Override
    public double[][] hessian() {
        return copy(hessian);
    }

    /** Returns a copy of the scale. */
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
