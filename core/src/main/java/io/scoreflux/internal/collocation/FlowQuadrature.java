package io.scoreflux.internal.collocation;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gauss-Legendre quadrature of the probability flow over one interval of ln sigma: integrals of {@code e^{-(h - t)} f(t)} over t in [0, h], where t is
 * the distance from the top of the interval.
 *
 * <p>The {@link Coordinate} u at the points is the integral of the polynomial through the values of du/dtau at the points.
 * Within the length limit of a rule, the result agrees with the closed form to a few rounding errors relative to the interval's length in u. Longer
 * intervals use the closed form. Exponentials of short intervals are series. Not thread-safe.
 */
public final class FlowQuadrature {
    /** The rules. The second argument is the largest length for which u is accurate to a few rounding errors. */
    private static final Rule[] RULES = {new Rule(8, 0.1), new Rule(10, 0.2), new Rule(12, 0.4), new Rule(20, 1)};

    private static final Rule LONGEST = RULES[RULES.length - 1];
    private static final int MOST_POINTS = LONGEST.points;

    /** The number of terms of the series of cosh y and sinh y for |y| up to 1/2. The next term is below 1e-18. */
    private static final int TERMS = 8;

    private static final double[] EVEN = inverseFactorials(0);
    private static final double[] ODD = inverseFactorials(1);

    private Rule rule = LONGEST;
    /** The coordinate and its version for which {@link #drop} holds. */
    private @Nullable Coordinate coordinate;

    private int version;
    /** Whether {@link #below} holds for it too. */
    private boolean located;

    private double length;
    private double decay;
    private double drop;
    /** The noise level at the top. */
    private double sigmaAtTop;
    /** The noise level at each point. */
    private final double[] sigma = new double[MOST_POINTS];
    /** The weight of each point, with the factor {@code e^{-(h - t)}}. */
    private final double[] factor = new double[MOST_POINTS];
    /** The distance in u of each point from the top. */
    private final double[] below = new double[MOST_POINTS];

    private final Workspace workspace;

    /** Creates a quadrature with a workspace, which quadratures of one thread can share. */
    public FlowQuadrature(Workspace workspace) {
        this.workspace = workspace;
    }

    /** Arrays for intermediate results. */
    public static final class Workspace {
        private final double[] slope = new double[MOST_POINTS];
        private final double[] at = new double[MOST_POINTS];
        private final double[] product = new double[MOST_POINTS];
        private double[] suffix = new double[MOST_POINTS];

        /** Creates a workspace. */
        public Workspace() {}
    }

    /** Sets the interval: the noise level at its top, and its length in ln sigma. */
    public void interval(double top, double h) {
        sigmaAtTop = top;
        length = h;
        coordinate = null;
        rule = LONGEST;
        for (int i = RULES.length - 1; i >= 0 && h <= RULES[i].longest; i--) {
            rule = RULES[i];
        }
        int last = rule.points - 1;
        decay = StrictMath.exp(-h);
        double half = Math.sqrt(decay);
        for (int k = 0; k <= last / 2; k++) {
            double y = h * (0.5 - rule.node[k]);
            double up;
            double down;
            if (h <= LONGEST.longest) {
                double even = series(EVEN, y * y);
                double odd = y * series(ODD, y * y);
                up = even + odd;
                down = even - odd;
            } else {
                up = StrictMath.exp(y);
                down = 1 / up;
            }
            double weight = h * rule.weight[k] * half;
            sigma[k] = top * half * up;
            sigma[last - k] = top * half * down;
            factor[k] = weight * down;
            factor[last - k] = weight * up;
        }
    }

    /** Sets the coordinate u of the interval. It must not change before the integrals that follow. */
    public void coordinate(Coordinate newCoordinate) {
        if (newCoordinate == coordinate && newCoordinate.version() == version) {
            return;
        }
        coordinate = newCoordinate;
        version = newCoordinate.version();
        located = false;
        if (length > LONGEST.longest) {
            drop = newCoordinate.atSigma(sigmaAtTop) - newCoordinate.atSigma(sigmaAtTop * decay);
            return;
        }
        double sum = 0;
        for (int k = 0; k < rule.points; k++) {
            below[k] = length * newCoordinate.slope(sigma[k]);
            sum += rule.weight[k] * below[k];
        }
        drop = sum;
    }

    /** Computes {@link #below}. For short intervals, {@link #coordinate} has stored h du/dtau at the points in it, which this method replaces. */
    private void locate() {
        located = true;
        int points = rule.points;
        if (length > LONGEST.longest) {
            Coordinate u = Objects.requireNonNull(coordinate, "coordinate(...) comes first");
            double top = u.atSigma(sigmaAtTop);
            for (int k = 0; k < points; k++) {
                below[k] = top - u.atSigma(sigma[k]);
            }
            return;
        }
        double[] slope = workspace.slope;
        System.arraycopy(below, 0, slope, 0, points);
        Arrays.fill(below, 0, points, 0);
        for (int m = 0; m < points; m++) {
            double value = slope[m];
            double[] integral = rule.integrals[m];
            for (int k = 0; k < points; k++) {
                below[k] += value * integral[k];
            }
        }
    }

    /** Returns {@code e^{-h}}. */
    public double decay() {
        return decay;
    }

    /** Returns the length in u. */
    public double drop() {
        return drop;
    }

    /**
     * Writes the integrals of the Newton polynomials {@code N_j(v) = (v - v_0) ... (v - v_{j-1})} for j up to {@code degree}. In the interval, v is
     * {@code top} plus the distance in u from the top, divided by {@code unit}.
     *
     * @param v the nodes; the first {@code degree} are used
     */
    public void integrate(double top, double unit, double[] v, int degree, double[] integrals) {
        int points = rule.points;
        double[] at = points(top, unit);
        double[] product = workspace.product;
        System.arraycopy(factor, 0, product, 0, points);
        for (int j = 0; j < degree; j++) {
            double node = v[j];
            double sum = 0;
            for (int k = 0; k < points; k++) {
                sum += product[k];
                product[k] *= at[k] - node;
            }
            integrals[j] = sum;
        }
        double sum = 0;
        for (int k = 0; k < points; k++) {
            sum += product[k];
        }
        integrals[degree] = sum;
    }

    /**
     * Writes the integrals of the Lagrange polynomials of the {@code n} nodes from {@code v[first]} on, which are the weights of values at these
     * nodes. In the interval, v is as above.
     */
    public void weights(double top, double unit, double[] v, int first, int n, double[] weights) {
        double[] at = points(top, unit);
        if (workspace.suffix.length < n) {
            workspace.suffix = new double[n];
        }
        double[] suffix = workspace.suffix;
        Arrays.fill(weights, 0, n, 0);
        for (int k = 0; k < rule.points; k++) {
            // The product of at - v_j over all j except i is the product over j > i multiplied by the product over j <
            // i.
            double above = 1;
            for (int i = n - 1; i >= 0; i--) {
                suffix[i] = above;
                above *= at[k] - v[first + i];
            }
            double under = factor[k];
            for (int i = 0; i < n; i++) {
                weights[i] += under * suffix[i];
                under *= at[k] - v[first + i];
            }
        }
        for (int i = 0; i < n; i++) {
            double distances = 1;
            for (int j = 0; j < n; j++) {
                distances *= j == i ? 1 : v[first + i] - v[first + j];
            }
            weights[i] /= distances;
        }
    }

    /** Returns v at the points. */
    private double[] points(double top, double unit) {
        if (!located) {
            locate();
        }
        double[] at = workspace.at;
        double inverse = 1 / unit;
        for (int k = 0; k < rule.points; k++) {
            at[k] = top + below[k] * inverse;
        }
        return at;
    }

    /** Returns the sum of the terms {@code x^k} times {@code coefficients[k]}. */
    private static double series(double[] coefficients, double x) {
        double sum = 0;
        for (int k = coefficients.length - 1; k >= 0; k--) {
            sum = sum * x + coefficients[k];
        }
        return sum;
    }

    /** Returns 1 / (2 k + {@code odd})! for each k. */
    private static double[] inverseFactorials(int odd) {
        double[] result = new double[TERMS];
        double factorial = 1;
        for (int k = 0; k < TERMS; k++) {
            result[k] = 1 / factorial;
            factorial *= (2 * k + odd + 1.0) * (2 * k + odd + 2.0);
        }
        return result;
    }

    /** A Gauss-Legendre rule with the integrals of its Lagrange polynomials. */
    private static final class Rule {
        final int points;
        /** The largest length of an interval in ln sigma for which the integrals are accurate to a few roundings. */
        final double longest;

        final double[] node;
        final double[] weight;
        /** Row m: the integral of the Lagrange polynomial of node m from 0 to each node. */
        final double[][] integrals;

        Rule(int points, double longest) {
            GaussLegendre gauss = new GaussLegendre(points);
            this.points = points;
            this.longest = longest;
            this.node = new double[points];
            this.weight = new double[points];
            this.integrals = new double[points][points];
            double[][] legendre = new double[points][];
            for (int k = 0; k < points; k++) {
                node[k] = gauss.node(k);
                weight[k] = gauss.weight(k);
                legendre[k] = legendre(2 * node[k] - 1);
            }
            // The Lagrange polynomial of node m is the sum over j of (2 j + 1) w_m P_j(m) P_j, and the integral of P_j
            // from the left end is
            // (P_{j+1} - P_{j-1}) / (2 (2 j + 1)) on [0, 1].
            for (int m = 0; m < points; m++) {
                for (int k = 0; k < points; k++) {
                    double sum = node[k];
                    for (int j = 1; j < points; j++) {
                        sum += legendre[m][j] * (legendre[k][j + 1] - legendre[k][j - 1]) / 2;
                    }
                    integrals[m][k] = weight[m] * sum;
                }
            }
        }

        /** Returns the Legendre polynomials up to the number of points, at t in [-1, 1]. */
        private double[] legendre(double t) {
            double[] p = new double[points + 1];
            p[0] = 1;
            p[1] = t;
            for (int j = 2; j <= points; j++) {
                p[j] = ((2 * j - 1) * t * p[j - 1] - (j - 1) * p[j - 2]) / j;
            }
            return p;
        }
    }
}
