package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.reject.BernoulliFactory;
import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * The numerical settings of a proximal sampler.
 *
 * @param bound B, to which weights are clipped, in (0, 3]
 * @param safety c of the step rule, at least 1: eta is 4 / c times the one with which 1.1 % of the weights are above B
 * @param burnIn the number of steps of each chain that are not delivered, in which the step size adapts; at least 0
 * @param thinning the number of steps for each draw, at least 1
 * @param step eta, positive, the same for all chains; empty if it adapts in burn-in
 * @param asymmetryLimit the asymmetry of the gradient's Jacobian above which a chain fails, in (0, 1]; 0 for a gradient, 1 for a purely
 *     rotational field
 */
record ProximalSettings(
        double bound, double safety, int burnIn, int thinning, OptionalDouble step, double asymmetryLimit) {
    /** Bound 0.5, safety 4, burn-in 500, thinning 1, an adaptive step size, asymmetry up to 0.1. */
    public static final ProximalSettings DEFAULT = new ProximalSettings(0.5, 4, 500, 1, OptionalDouble.empty(), 0.1);

    /** Checks the ranges. */
    public ProximalSettings {
        BernoulliFactory.requireBound(bound);
        if (!(safety >= 1 && safety < Double.POSITIVE_INFINITY)) {
            throw new InvalidArgumentException("safety", "must be finite and at least 1", safety);
        }
        Require.atLeast("burnIn", burnIn, 0);
        Require.atLeast("thinning", thinning, 1);
        if (step.isPresent()) {
            Require.positive("step", step.getAsDouble());
        }
        if (!(asymmetryLimit > 0 && asymmetryLimit <= 1)) {
            throw new InvalidArgumentException(
                    "asymmetryLimit", "must be greater than 0 and at most 1", asymmetryLimit);
        }
    }

    ProximalSettings withBound(double value) {
        return new ProximalSettings(value, safety, burnIn, thinning, step, asymmetryLimit);
    }

    ProximalSettings withSafety(double value) {
        return new ProximalSettings(bound, value, burnIn, thinning, step, asymmetryLimit);
    }

    ProximalSettings withBurnIn(int value) {
        return new ProximalSettings(bound, safety, value, thinning, step, asymmetryLimit);
    }

    ProximalSettings withThinning(int value) {
        return new ProximalSettings(bound, safety, burnIn, value, step, asymmetryLimit);
    }

    ProximalSettings withStep(double value) {
        return new ProximalSettings(bound, safety, burnIn, thinning, OptionalDouble.of(value), asymmetryLimit);
    }

    ProximalSettings withAsymmetryLimit(double value) {
        return new ProximalSettings(bound, safety, burnIn, thinning, step, value);
    }

    /** Returns a hash of the settings that affect draws, the same on every machine. */
    int origin() {
        return Arrays.hashCode(new double[] {bound, safety, burnIn, thinning, step.orElse(0)});
    }
}
