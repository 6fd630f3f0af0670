package io.scoreflux.posterior;

import io.scoreflux.model.ObservedDirections;

/**
 * The noise T_i(s) that the observation has at the noise level s of the particles: {@code T_i^4 = rho_i^4 + (s / kappa)^4}. Far below
 * {@code kappa rho_i} it is the noise rho_i of the observation. The power joins the two ends smoothly; a kink where they meet would
 * make the weights inaccurate where the rho_i differ.
 *
 * @param kappa the ratio of s and T far above the noise of the observation
 * @param power the power that joins the two ends, {@value #SMOOTH} except in tests of its effect
 */
record AnnealedTwist(ObservedDirections directions, double kappa, double power) implements Twist {
    static final double SMOOTH = 4;

    AnnealedTwist(ObservedDirections directions, double kappa) {
        this(directions, kappa, SMOOTH);
    }

    /** Returns T_i(s)^2. */
    double square(int i, double s) {
        double share = share(i, s);
        double square = s / kappa * (s / kappa);
        double rho = directions.noise(i);
        // Divide by the larger term, so that no power overflows.
        return share > 0.5 ? square * root(1 / share) : rho * rho * root(1 / (1 - share));
    }

    private double root(double x) {
        return StrictMath.pow(x, 2 / power);
    }

    /** Returns the share of {@code (s / kappa)^p} in {@code T_i^p}. */
    private double share(int i, double s) {
        double rho = directions.noise(i);
        double ratio = s / kappa / rho;
        return ratio > 1
                ? 1 / (1 + StrictMath.pow(1 / ratio, power))
                : StrictMath.pow(ratio, power) / (1 + StrictMath.pow(ratio, power));
    }

    /** Returns G_i(s) = T_i(s)^2 - s^2, the variance of the observed value given the state. */
    double gap(int i, double s) {
        return square(i, s) - s * s;
    }

    /** Returns -dG_i / d(s^2). */
    double slope(int i, double s) {
        return 1 - square(i, s) * share(i, s) / (s * s);
    }

    /** Returns the noise T_i(s) of all directions. */
    double[] levels(double s) {
        double[] levels = new double[directions.count()];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = Math.sqrt(square(i, s));
        }
        return levels;
    }

    @Override
    public Factor at(double s) {
        double[] gaps = new double[directions.count()];
        for (int i = 0; i < gaps.length; i++) {
            gaps[i] = gap(i, s);
        }
        return new Factor(directions, levels(s), gaps, directions.logFactor());
    }

    @Override
    public double end() {
        return kappa * directions.leastNoise() / 3;
    }
}
