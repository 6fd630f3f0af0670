package io.scoreflux.internal.expectation;

/**
 * A bound on the bias that the solver's error causes, from the error estimates e_k of the samples' certificates.
 *
 * <p>For a function with Lipschitz constant K, {@code |E f(x_solver) - E f(x_exact)| <= K E e}. For the indicator of {h > 0}, the bias is at
 * most the probability that {@code |h| <= K e}, where K is the Lipschitz constant of h. The first needs estimates that are honest in the mean, the
 * second needs estimates that are honest for the samples near the border.
 */
public abstract class BiasBound {
    private BiasBound() {}

    /** Creates the bound of a Lipschitz function: K times the mean error, plus its one-sided normal confidence bound. */
    public static BiasBound lipschitz(double constant, double alpha) {
        return new Lipschitz(constant, Quantiles.upper(alpha));
    }

    /** Creates the bound of an indicator: the share of samples near the border, plus its one-sided Bernstein bound. */
    public static BiasBound indicator(double constant, double within, double alpha) {
        return new Indicator(constant, within, alpha);
    }

    /**
     * Adds a sample.
     *
     * @param value the value of the function, or of h for an indicator
     * @param error the error of the sample, in the units of the data
     */
    public abstract void add(double value, double error);

    /** Returns the bound. */
    public double bound() {
        return boundAfter(1);
    }

    /** Returns the bound when there are {@code growth} times as many samples, if they are like those so far. */
    public abstract double boundAfter(double growth);

    private static final class Lipschitz extends BiasBound {
        private final double constant;
        private final double z;
        private final RunningMoments errors = new RunningMoments();

        Lipschitz(double constant, double z) {
            this.constant = constant;
            this.z = z;
        }

        @Override
        public void add(double value, double error) {
            errors.add(error);
        }

        @Override
        public double boundAfter(double growth) {
            return errors.count() < 2
                    ? Double.POSITIVE_INFINITY
                    : constant * (errors.mean() + deviation() / Math.sqrt(growth));
        }

        private double deviation() {
            return z * Math.sqrt(errors.variance() / errors.count());
        }
    }

    private static final class Indicator extends BiasBound {
        /** The Bernstein bound is narrowest at this part of the half-width, because the bias should be small beside it. */
        private static final double PART = 0.25;

        private final double constant;
        private final EmpiricalBernstein flips;

        Indicator(double constant, double within, double alpha) {
            this.constant = constant;
            this.flips = new EmpiricalBernstein(0, 1, PART * within, StrictMath.log(1 / alpha));
        }

        @Override
        public void add(double value, double error) {
            flips.add(Math.abs(value) <= constant * error ? 1 : 0);
        }

        @Override
        public double boundAfter(double growth) {
            return Math.min(1, flips.centre() + flips.halfWidth() / growth);
        }
    }
}
