package io.scoreflux.logconcave;

import io.scoreflux.internal.Kernels;
import java.util.Arrays;

/**
 * A chain's eta: given, or by the rule {@code eta = B / (c |H - A|_F)} at first and by the weights in burn-in.
 *
 * <p>Three quarters of burn-in are for it, in three parts. In the first, Robbins and Monro's steps on ln eta lead to weights of the standard
 * deviation {@code (pi / 2) B / 4}. Of the second and third all weights are kept, and at the end of each eta is set so that as many of them
 * would be beyond the bound as of normal weights of that deviation, 1.1 %: that is what clipping costs, which tails longer than normal ones
 * decide. With c other than 4, eta is 4 / c times that at last. In the last quarter of burn-in the chain forgets that its step came from
 * where it had been. Not thread-safe.
 */
final class StepSize {
    /** The c at which eta is found: where c is large, too few weights are beyond the bound to count. */
    private static final double REFERENCE = 4;
    /** Times the inverse of the largest modelled curvature, with what secants add to it: beyond this a draw hardly depends on the one before. */
    private static final double LONGEST = 10;
    /** The longest where no curvature is modelled, in squares of the preconditioner's deviations. */
    private static final double LONGEST_BLIND = 1e6;
    /** Of a step's weights, so that one far out does not undo many. */
    private static final double MOST_SQUARES = 5;

    private static final double FIRST_GAIN = 0.2;
    /** Its inverse is finite. */
    private static final double SHORTEST = 1e-300;
    /** What one part may change eta by, as a power of 2, either way. */
    private static final double MOST_HALVINGS = 6;
    /** Weights that a part must have seen for each doubling of eta: few say nothing of tails. */
    private static final double FOR_EACH_DOUBLING = 32;
    /** Weights grow as eta where A is not the Hessian, and as eta^1.5 where it is and the Hessian changes. */
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
     * For a chain.
     *
     * @param normal whether proposals are normal, so that a weight is so given the place where it was asked
     * @param curvature the diagonal of A in its coordinates
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

    /** About the part of the standard normal law beyond t on both sides (Birnbaum 1942, doi 10.1214/aoms/1177731611). */
    private static double beyond(double t) {
        return 4 * StrictMath.exp(-0.5 * t * t) / (Math.sqrt(2 * Math.PI) * (t + Math.sqrt(t * t + 4)));
    }

    double eta() {
        return eta;
    }

    void set(double value) {
        eta = value;
    }

    /** Starts from an estimate of |H - A|_F; what the rule gives is the variance of a proposal, of which eta is a part. */
    void begin(double residual) {
        double c = adapting > 0 ? REFERENCE : settings.safety();
        double inverse = c * residual / settings.bound() - meanCurvature;
        // Where a start does not see how f differs from A, longer steps are to be earned.
        double firstLongest = mostCurvature > 0 ? 1 / mostCurvature : LONGEST_BLIND;
        double first = inverse > 0 ? Math.max(SHORTEST, Math.min(firstLongest, 1 / inverse)) : firstLongest;
        eta = settings.step().orElse(first);
    }

    /**
     * Takes note of a weight of the present step.
     *
     * @param size its standard deviation given the place where it was asked, if proposals are normal, else its absolute value
     * @param step the step's number, from 1
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
     * @param step its number, from 1
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
        // What holds is the mean over the last two thirds.
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
     * The factor of eta at which the weights that were kept would be beyond the bound as often as is aimed at, or as large in the mean as
     * normal ones of which so many are: of few weights, tails are not seen.
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
            // Whatever the power is, weights are no larger than this.
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

    /** Whether the chain still learns after so many steps. */
    boolean learns(long step) {
        return step <= learning;
    }
}
