package io.scoreflux.solve.budget;

import io.scoreflux.internal.collocation.LagrangeQuadrature;
import io.scoreflux.internal.collocation.NoiseCoordinate;
import java.util.Arrays;

/**
 * The weights of all steps, which all trajectories share. Step i goes from level i to level i + 1. D is a polynomial through the last nodes, in
 * the coordinate of {@link NoiseCoordinate}.
 */
final class StepTable {
    static final int MOST_NODES = 8;
    /** A trajectory leaves the table if its correction exceeds the largest one of the pilot by this factor or a larger one. */
    private static final double OUTSIDE = 50;
    /**
     * A trajectory along which D varies faster by this factor stays on the table. With k nodes, its corrections are larger by the power k + 1 of the
     * factor, which exceeds {@link #OUTSIDE} at high orders only.
     */
    private static final double FASTER = 1.85;
    /** A trajectory also leaves the table if its correction is large and exceeds the largest one of the pilot by this factor. */
    private static final double OUTSIDE_IF_LARGE = 3;
    /** A correction above this share of the radius is large. */
    private static final double LARGE = 0.06;

    final int steps;
    final double radius;
    final double[] sigma;
    /** ln sigma. */
    final double[] tau;

    final double[] slopes;
    /** The largest correction of a state at each level; infinite if the plan has no corrections. */
    final double[] allowed;
    /** The typical error of a step: the median over the levels of the pilot's largest correction, in the data's units. */
    final double typical;
    /** The factor of the state over step i. */
    final double[] keep;
    /** Row i: the weights of D at levels i, i - 1, ... in the predicted state at level i + 1. */
    final double[][] predict;
    /** Row i: the weights of D at levels i + 1, i, ... in the corrected state at level i + 1. */
    final double[][] correct;
    /** Row i: the weights of the same values in the state at level i, integrated again from level i - 1. */
    final double[][] again;

    StepTable(PlacedBudget plan, double radius) {
        this.steps = plan.calls();
        this.sigma = plan.sigma().stream().mapToDouble(Double::doubleValue).toArray();
        this.slopes = plan.slopes().stream().mapToDouble(Double::doubleValue).toArray();
        this.radius = radius;
        this.tau = new double[steps + 1];
        this.allowed = new double[steps + 1];
        this.typical = allow(plan);
        this.keep = new double[steps];
        this.predict = new double[steps][];
        this.correct = new double[steps][];
        this.again = new double[steps][];
        NoiseCoordinate coordinate = new NoiseCoordinate(radius);
        coordinate.floor(plan.floor());
        LagrangeQuadrature quadrature = new LagrangeQuadrature(coordinate);
        double[] v = new double[steps + 1];
        for (int i = 0; i <= steps; i++) {
            tau[i] = StrictMath.log(sigma[i]);
        }
        quadrature.between(tau[0], tau[steps]);
        for (int i = 0; i <= steps; i++) {
            v[i] = quadrature.v(tau[i]);
        }
        for (int i = 0; i < steps; i++) {
            int nodes = Math.min(i + 1, plan.order());
            keep[i] = sigma[i + 1] / sigma[i];
            predict[i] = weights(quadrature, tau, v, i, i, nodes);
            correct[i] = weights(quadrature, tau, v, i, i + 1, nodes + 1);
            again[i] = i == 0 ? new double[0] : weights(quadrature, tau, v, i - 1, i + 1, nodes + 1);
        }
    }

    /** Returns the factor by which errors at a noise level may exceed those at 0, because the flow reduces them. */
    static double scale(double sigma, double radius) {
        double ratio = sigma / radius;
        return Math.sqrt(1 + ratio * ratio);
    }

    /** Sets the largest corrections, and returns the typical error of a step. */
    private double allow(PlacedBudget plan) {
        if (plan.corrections().isEmpty()) {
            Arrays.fill(allowed, Double.POSITIVE_INFINITY);
            return 0;
        }
        double[] largest =
                plan.corrections().stream().mapToDouble(Double::doubleValue).toArray();
        // The first level has no correction, and at the last one D is not evaluated.
        double[] sorted = Arrays.copyOfRange(largest, 1, steps);
        Arrays.sort(sorted);
        double median = sorted[sorted.length / 2];
        double outside = Math.max(OUTSIDE, StrictMath.pow(FASTER, plan.order() + 1));
        for (int i = 0; i <= steps; i++) {
            double scale = scale(sigma[i], radius);
            double usual = outside * Math.max(largest[i], median * scale);
            allowed[i] = Math.max(OUTSIDE_IF_LARGE * largest[i], Math.min(usual, LARGE * radius * scale));
        }
        return median;
    }

    /** Returns the weights over step {@code i} of the {@code n} values at levels {@code newest, newest - 1, ...}. */
    private static double[] weights(LagrangeQuadrature quadrature, double[] tau, double[] v, int i, int newest, int n) {
        double[] ascending = new double[n];
        quadrature.weights(tau[i], tau[i] - tau[i + 1], v, newest - n + 1, n, ascending);
        double[] weights = new double[n];
        for (int k = 0; k < n; k++) {
            weights[k] = ascending[n - 1 - k];
        }
        return weights;
    }
}
