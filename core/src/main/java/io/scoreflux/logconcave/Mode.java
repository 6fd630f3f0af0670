package io.scoreflux.logconcave;

/**
 * Where a density {@code exp(-f - h)} is greatest and how f is curved there, found from gradients alone: Newton's steps, with the Jacobian of the
 * gradient by central differences of two rows an axis. Without a term, the normal law around the point with the inverse of the
 * Hessian for its covariance is Laplace's approximation.
 *
 * @param point the mode; near it where a term stands beside f
 * @param hessian of f at the point, symmetric
 * @param gradients evaluations that it took
 */
@SuppressWarnings("ArrayRecordComponent") // A result, never compared.
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
}
