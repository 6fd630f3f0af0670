package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.Coordinate;
import java.util.Arrays;

/**
 * The step from the last node to sigma 0, which needs no call. The state at 0 is D there. Below the noise floor a of the data, D is a power
 * series in s^2 and close to a polynomial in {@code u = ln(1 + s^2 / a^2) / 2}. The value of this polynomial at u = 0 is the end.
 *
 * <p>Among all degrees that the nodes permit, the step takes the one with the smallest estimated error. This is the difference from the next
 * lower degree, plus the error of D at the nodes times the amplification by extrapolation. Degree 0 is the denoising step
 * {@code z(0) = D(z; s)}.
 */
final class LastStep implements Coordinate {
    /** The longest interval of the quadrature, in ln sigma. */
    private static final double LONGEST = 3;

    private final int dimension;
    private final NodePolynomial polynomial;
    private final double[] residual;
    private double floor = 1;
    private int version;

    LastStep(int capacity, int dimension) {
        this.dimension = dimension;
        this.polynomial = new NodePolynomial(this, capacity, dimension);
        this.residual = new double[capacity];
    }

    @Override
    public double atSigma(double sigma) {
        double ratio = sigma / floor;
        return StrictMath.log1p(ratio * ratio) / 2;
    }

    @Override
    public int version() {
        return version;
    }

    @Override
    public double slope(double sigma) {
        double ratio = floor / sigma;
        return 1 / (1 + ratio * ratio);
    }

    /** Returns the degree of the polynomial. */
    int degree() {
        return polynomial.degree;
    }

    /** Returns the estimated error of the end, in the data's units. */
    double error() {
        return residual[polynomial.degree];
    }

    /**
     * Interpolates D at the nodes and chooses the degree.
     *
     * @param newFloor the approximate noise floor a of the data, positive; if the data have none, D is constant and any value is suitable
     * @param answerError the possible error of D at the nodes, in the data's units
     */
    void fit(NodeWindow nodes, double newFloor, double answerError) {
        int n = nodes.count();
        floor = newFloor;
        version++;
        polynomial.interpolateToZero(nodes, n);
        double product = 1;
        for (int k = 1; k < n; k++) {
            product *= 1 - polynomial.v[k - 1];
            residual[k] = product * Kernels.norm(polynomial.divided[k], 0, dimension);
        }
        StepControl.fillDips(residual, n - 1);
        residual[0] = Kernels.distance(polynomial.divided[0], nodes.state(0));
        int degree = 0;
        for (int k = 1; k < n; k++) {
            residual[k] += answerError * (sizeOfWeights(k) - 1);
            degree = residual[k] < residual[degree] ? k : degree;
        }
        polynomial.degree = degree;
    }

    /** Returns the sum of the absolute weights that D at the nodes has in the end. It is 1 if nothing is extrapolated. */
    private double sizeOfWeights(int k) {
        double[] v = polynomial.v;
        double sum = 0;
        for (int i = 0; i <= k; i++) {
            double weight = 1;
            for (int j = 0; j <= k; j++) {
                if (j != i) {
                    weight *= (1 - v[j]) / (v[i] - v[j]);
                }
            }
            sum += Math.abs(weight);
        }
        return sum;
    }

    /** Returns the distance of a value of D from the polynomial at a level below the newest node, which is a ln sigma. */
    double distance(double level, double[] answers, int at) {
        double v = polynomial.at(StrictMath.exp(level));
        double[] difference = new double[dimension];
        System.arraycopy(answers, at, difference, 0, dimension);
        double product = 1;
        for (int j = 0; j <= polynomial.degree; j++) {
            Kernels.addScaled(difference, -product, polynomial.divided[j]);
            product *= v - polynomial.v[j];
        }
        return Kernels.norm(difference, 0, dimension);
    }

    /** Writes the state at a level below the newest node. The level is a ln sigma, and -infinity for sigma 0. */
    void read(NodeWindow nodes, double level, double[] z) {
        if (level == Double.NEGATIVE_INFINITY) {
            Arrays.fill(z, 0);
            double product = 1;
            for (int j = 0; j <= polynomial.degree; j++) {
                Kernels.addScaled(z, product, polynomial.divided[j]);
                product *= 1 - polynomial.v[j];
            }
            return;
        }
        System.arraycopy(nodes.state(0), 0, z, 0, dimension);
        double top = nodes.tau(0);
        while (level < top) {
            double length = Math.min(top - level, LONGEST);
            polynomial.carryDown(StrictMath.exp(top), length, z);
            top = length < top - level ? top - length : level;
        }
    }
}
