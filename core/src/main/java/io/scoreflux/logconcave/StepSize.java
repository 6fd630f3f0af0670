package io.scoreflux.logconcave;

import io.scoreflux.internal.Kernels;
import java.util.Arrays;

/**
 * The step size eta of a chain. It is given, or it starts with the rule {@code eta = B / (c |H - A|_F)} and adapts to the weights in
 * burn-in.
 *
 * <p>It adapts in the first three quarters of burn-in, in three parts. In the first part, Robbins-Monro steps on ln eta lead to weights
 * with the standard deviation {@code (pi / 2) B / 4}. In the second and third part all weights are recorded, and at the end of each eta is
 * set so that as many of them would be above the bound as of normal weights with that deviation, 1.1 %. This fraction determines the bias
 * of clipping, and it depends on the tails of the weights, which are longer than those of a normal distribution. If c is not 4, eta is
 * finally multiplied by 4 / c. In the last quarter of burn-in eta is constant, so that the chain forgets the states from which eta was
 * computed. Not thread-safe.
 */
final class StepSize {
    /** The c for which eta adapts. If c is large, too few weights are above the bound to be counted. */
    private static final double REFERENCE = 4;
    /**
     * The largest eta, relative to the inverse of the largest modelled curvature with the part of secants. Above it a draw hardly depends
     * on the previous one.
     */
    private static final double LONGEST = 10;
    /** The largest eta if no curvature is modelled, in squares of the preconditioner's deviations. */
    private static final double LONGEST_BLIND = 1e6;
    /** The largest mean square of the weights of a step, relative to its target. An extreme weight then does not undo the effect of many others. */
    private static final double MOST_SQUARES = 5;

    private static final double FIRST_GAIN = 0.2;
    /** The smallest eta. Its inverse is finite. */
    private static final double SHORTEST = 1e-300;
    /** The largest change of eta in one part, as a power of 2 in either direction. */
    private static final double MOST_HALVINGS = 6;
    /** The number of recorded weights that each doubling of eta requires. A few weights contain no information about tails. */
    private static final double FOR_EACH_DOUBLING = 32;
    /**
     * The largest power of eta with which weights grow. They grow as eta if A is not the Hessian, and as eta^1.5 if it is and the Hessian
     * changes.
     */
    private static final double STEEPEST = 1.5;

    private static final int BISECTIONS = 30;

    private final ProximalSettings settings;
    private final boolean normal;
    private final double aim;
    private final double aimedOverflow;
    private final double meanCurvature;
    private final double mostCurvature;
    private final long learning;
    private final long adapting;
    private double eta = Double.NaN;
    private double beyond;
    private double logSum;
    private int summed;
    private double squares;
    private int weights;
    private double[] sizes = new double[0];
    private int kept;

    /**
     * Creates the step size of a chain.
     *
     * @param normal whether proposals are normal; a weight is then normal given the point where its gradient is evaluated
     * @param curvature the diagonal of A in the coordinates of the chain
     */
    StepSize(ProximalSettings settings, boolean normal, double[] curvature) {
        this.settings = settings;
        this.normal = normal;
        this.aim = 0.5 * Math.PI * settings.bound() / REFERENCE;
        this.aimedOverflow = beyond(settings.bound() / aim);
        double sum = 0;
        double most = 0;
        for (double entry : curvature) {
            sum += entry;
            most = Math.max(most, entry);
        }
        this.meanCurvature = sum / curvature.length;
        this.mostCurvature = most;
        this.learning = (3L * settings.burnIn() + 3) / 4;
        this.adapting = settings.step().isPresent() ? 0 : learning;
    }

    /**
     * Returns the approximate probability that the absolute value of a standard normal number is above t (Birnbaum 1942, doi
     * 10.1214/aoms/1177731611).
     */
    private static double beyond(double t) {
        return 4 * StrictMath.exp(-0.5 * t * t) / (Math.sqrt(2 * Math.PI) * (t + Math.sqrt(t * t + 4)));
    }

    double eta() {
        return eta;
    }

    void set(double value) {
        eta = value;
    }

    /** Starts from an estimate of |H - A|_F. The rule gives the variance of a proposal, 1 / (1 / eta + a) with the mean a of the diagonal of A. */
    void begin(double residual) {
        double c = adapting > 0 ? REFERENCE : settings.safety();
        double inverse = c * residual / settings.bound() - meanCurvature;
        // The initial state may not show how f differs from A. Longer steps require adaptation.
        double firstLongest = mostCurvature > 0 ? 1 / mostCurvature : LONGEST_BLIND;
        double first = inverse > 0 ? Math.max(SHORTEST, Math.min(firstLongest, 1 / inverse)) : firstLongest;
        eta = settings.step().orElse(first);
    }

    /**
     * Records a weight of the current step.
     *
     * @param size the standard deviation of the weight given the point where its gradient is evaluated, if proposals are normal; otherwise
     *     its absolute value
     * @param step the index of the step, from 1
     */
    void saw(double size, long step) {
        squares += size * size;
        weights++;
        if (step > adapting / 3 && step <= adapting) {
            if (kept == sizes.length) {
                sizes = Arrays.copyOf(sizes, Math.max(64, 2 * kept));
            }
            sizes[kept++] = size;
        }
    }

    /**
     * Ends a step.
     *
     * @param step the index of the step, from 1
     * @param added the curvature that secants added in it
     */
    void end(long step, double added) {
        beyond += (added - beyond) / step;
        if (step <= adapting / 3) {
            approach(step);
        } else if (step == 2 * adapting / 3 || step == adapting) {
            limit(eta * scale());
            kept = 0;
        }
        if (step == adapting) {
            limit(eta * REFERENCE / settings.safety());
            sizes = new double[0];
        }
        squares = 0;
        weights = 0;
    }

    private void approach(long step) {
        double logStep = StrictMath.log(eta);
        if (weights > 0) {
            double gain = Math.min(FIRST_GAIN, Kernels.power((double) step, -0.6));
            logStep += gain * (1 - Math.min(MOST_SQUARES, squares / weights / (aim * aim)));
        }
        // The result is the mean over the last two thirds.
        if (9 * step > adapting) {
            logSum += logStep;
            summed++;
        }
        limit(StrictMath.exp(step == adapting / 3 ? logSum / summed : logStep));
    }

    private void limit(double value) {
        double modelled = mostCurvature + beyond;
        eta = Math.max(SHORTEST, Math.min(modelled > 0 ? LONGEST / modelled : LONGEST_BLIND, value));
    }

    /**
     * Returns the largest factor of eta with which the recorded weights would not be above the bound more often than the target, and their
     * root mean square would not be above that of normal weights with this fraction. The second condition is for few weights, which do not
     * show their tails.
     */
    private double scale() {
        if (kept == 0) {
            return 1;
        }
        double sum = 0;
        for (int i = 0; i < kept; i++) {
            sum += sizes[i] * sizes[i];
        }
        double mean = Math.sqrt(sum / kept);
        double low = -MOST_HALVINGS;
        double high = Math.min(MOST_HALVINGS, kept / FOR_EACH_DOUBLING);
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = 0.5 * (low + high);
            // For either power of eta, weights grow by at most this factor.
            double growth = Kernels.power(2.0, middle > 0 ? STEEPEST * middle : middle);
            if (growth * mean > aim || overflow(growth) > aimedOverflow) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return Kernels.power(2.0, low);
    }

    private double overflow(double growth) {
        double sum = 0;
        for (int i = 0; i < kept; i++) {
            double most = settings.bound() / (growth * sizes[i]);
            sum += normal ? beyond(most) : most < 1 ? 1 : 0;
        }
        return sum / kept;
    }

    /** Returns whether the chain still adapts after a number of steps. */
    boolean learns(long step) {
        return step <= learning;
    }
}
