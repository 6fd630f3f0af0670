package io.scoreflux.reject;

import io.scoreflux.internal.Kernels;
import io.scoreflux.noise.NormalStream;

/**
 * One step of the reverse process from the noise variance {@code V = s^2} to {@code v = V (1 - eps)}: a proposal, and weights whose
 * conditional mean corrects it. With the state Y, the value D' = D(Y; s) of the denoiser, and a symmetric matrix A that is chosen before,
 *
 * <pre>
 * m = Y + eps (D' - Y),  C = v (I / eps - A)^-1
 * x = m + C^1/2 n,  z = C^1/2 n'
 * gamma = m + sin(pi r / 2) (x - m) + cos(pi r / 2) z,  r uniform in (0, 1)
 * W = &lt;dgamma/dr, D(gamma; sqrt v) - D' - A (gamma - m)&gt; / v
 * </pre>
 *
 * E[W | x] is the logarithm of the exact transition density over that of the proposal, up to a number that does not depend on x. With
 * {@code A = J (I - eps + eps J)^-1} for the Jacobian J the weight is 0 for Gaussian data, and {@code C = V eps (I - eps + eps J)}.
 */
final class ReverseKernel {
    private static final double QUARTER_TURN = Math.PI / 2;

    private final int dimension;
    private final Slope slope;
    private final double[] mean;
    private final double[] denoised;
    private final double[] proposal;
    private final double[] point;
    private final double[] tangent;
    private final double[] scratch;
    private double eps;
    private double startVariance;
    private double variance;

    /** Returns the memory of the arrays that grow with the dimension. */
    static long bytes(int dimension) {
        return (long) Double.BYTES * 6 * dimension;
    }

    ReverseKernel(int dimension, Slope slope) {
        this.dimension = dimension;
        this.slope = slope;
        this.mean = new double[dimension];
        this.denoised = new double[dimension];
        this.proposal = new double[dimension];
        this.point = new double[dimension];
        this.tangent = new double[dimension];
        this.scratch = new double[dimension];
    }

    /** Starts a step from state y at level sigma to the level {@code next}. {@code answer} is the value of the denoiser at y. */
    void start(double[] y, double sigma, double next, double[] answer) {
        eps = (1 - next / sigma) * (1 + next / sigma);
        startVariance = sigma * sigma;
        variance = next * next;
        System.arraycopy(answer, 0, denoised, 0, dimension);
        for (int i = 0; i < dimension; i++) {
            mean[i] = y[i] + eps * (answer[i] - y[i]);
        }
    }

    /** Draws a proposal. */
    double[] propose(NormalStream random) {
        random.fill(scratch, 0, dimension);
        applyRoot(scratch, proposal);
        for (int i = 0; i < dimension; i++) {
            proposal[i] += mean[i];
        }
        return proposal;
    }

    /** Draws a point of a path to the proposal. The weight needs the denoiser there, at the end level of the step. */
    double[] path(NormalStream random) {
        double angle = QUARTER_TURN * random.uniform();
        double sine = StrictMath.sin(angle);
        double cosine = StrictMath.cos(angle);
        random.fill(scratch, 0, dimension);
        applyRoot(scratch, point);
        for (int i = 0; i < dimension; i++) {
            double towards = proposal[i] - mean[i];
            double aside = point[i];
            tangent[i] = QUARTER_TURN * (cosine * towards - sine * aside);
            point[i] = mean[i] + sine * towards + cosine * aside;
        }
        return point;
    }

    /** Returns the weight, from the value of the denoiser at the point of the path. */
    double weight(double[] answers, int at) {
        residual(point, answers, at, scratch);
        return Kernels.dot(tangent, 0, scratch, 0, dimension) / variance;
    }

    /**
     * Returns the variance of the weights at a point. The direction of the path is independent of its point, and normal with covariance
     * {@code (pi / 2)^2 C}.
     */
    double weightVariance(double[] at, double[] answers, int row) {
        residual(at, answers, row, scratch);
        double inSpan = 0;
        double square = Kernels.dot(scratch, 0, scratch, 0, dimension);
        double sum = 0;
        for (int i = 0; i < slope.rank(); i++) {
            double part = Kernels.dot(slope.vectors(), i * dimension, scratch, 0, dimension);
            inSpan += part * part;
            sum += part * part * proposalVariance(slope.value(i));
        }
        sum += Math.max(0, square - inSpan) * proposalVariance(slope.shared());
        return QUARTER_TURN * QUARTER_TURN * sum / (variance * variance);
    }

    /** Computes D(at) - D' - A (at - m). */
    private void residual(double[] at, double[] answers, int row, double[] out) {
        double shared = curvature(slope.shared());
        for (int i = 0; i < dimension; i++) {
            out[i] = answers[row + i] - denoised[i] - shared * (at[i] - mean[i]);
        }
        for (int i = 0; i < slope.rank(); i++) {
            double[] vectors = slope.vectors();
            int from = i * dimension;
            double part = Kernels.dot(vectors, from, at, 0, dimension) - Kernels.dot(vectors, from, mean, 0, dimension);
            Kernels.addScaled(out, 0, (shared - curvature(slope.value(i))) * part, vectors, from, dimension);
        }
    }

    /** Computes out = C^1/2 normals. */
    private void applyRoot(double[] normals, double[] out) {
        double shared = Math.sqrt(proposalVariance(slope.shared()));
        Kernels.setScaled(out, 0, shared, normals, 0, dimension);
        for (int i = 0; i < slope.rank(); i++) {
            int from = i * dimension;
            double part = Kernels.dot(slope.vectors(), from, normals, 0, dimension);
            double own = Math.sqrt(proposalVariance(slope.value(i)));
            Kernels.addScaled(out, 0, (own - shared) * part, slope.vectors(), from, dimension);
        }
    }

    /** Returns the eigenvalue of A for one of J. */
    private double curvature(double j) {
        return j / (1 - eps + eps * j);
    }

    /** Returns the eigenvalue of C for one of J. */
    private double proposalVariance(double j) {
        return startVariance * eps * (1 - eps + eps * j);
    }
}
