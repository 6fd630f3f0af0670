package io.scoreflux.logconcave;

import io.scoreflux.state.Kernels;
import java.util.OptionalDouble;

/**
 * A chain's eta: given, or by the rule {@code eta = B / (c |H - A|_F)} at first and by the weights in burn-in.
 *
 * <p>Robbins and Monro's steps on ln eta lead to weights of the standard deviation {@code (pi / 2) B / c}, and to fewer where more of them
 * are beyond the bound than of normal ones. They take three quarters of burn-in; what holds from then on is the mean over the last two of
 * these. In the last quarter the chain forgets that its step came from where it had been. Not thread-safe.
 */
final class StepSize {
    /** Times the inverse of the largest modelled curvature: beyond this a draw hardly depends on the one before. */
    private static final double LONGEST = 10;
    /** The longest where no curvature is modelled, in squares of the preconditioner's deviations. */
    private static final double LONGEST_BLIND = 1e6;
    /** Of a step's weights, so that one far out does not undo many. */
    private static final double MOST_SQUARES = 5;
    /** How much a weight beyond the bound counts, in mean squares. Larger, it makes steps of single chains wander. */
    private static final double TAIL = 10;

    private static final double FIRST_GAIN = 0.2;
    /** Its inverse is finite. */
    private static final double SHORTEST = 1e-300;

    private final ProximalSettings settings;
    private final double aim;
    private final double normalOverflow;
    private final double meanCurvature;
    private final double longest;
    private final double firstLongest;
    private final long adapting;
    private double eta = Double.NaN;
    private double logSum;
    private int summed;
    private double squares;
    private int weights;
    private int overflows;

    /**
     * For a chain.
     *
     * @param curvature the diagonal of A in its coordinates
     */
    StepSize(ProximalSettings settings, double[] curvature) {
        this.settings = settings;
        this.aim = 0.5 * Math.PI * settings.bound() / settings.safety();
        this.normalOverflow = beyond(settings.bound() / aim);
        double sum = 0;
        double most = 0;
        for (double entry : curvature) {
            sum += entry;
            most = Math.max(most, entry);
        }
        this.meanCurvature = sum / curvature.length;
        this.longest = most > 0 ? LONGEST / most : LONGEST_BLIND;
        this.firstLongest = most > 0 ? 1 / most : LONGEST_BLIND;
        this.adapting = (3L * settings.burnIn() + 3) / 4;
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
        OptionalDouble given = settings.step();
        double inverse = settings.safety() * residual / settings.bound() - meanCurvature;
        // Where a start does not see how f differs from A, longer steps are to be earned.
        eta = given.orElse(inverse > 0 ? Math.max(SHORTEST, Math.min(firstLongest, 1 / inverse)) : firstLongest);
    }

    /**
     * Takes note of a weight.
     *
     * @param square an estimate of the mean of its square
     */
    void saw(double square, boolean beyondBound) {
        squares += square;
        weights++;
        overflows += beyondBound ? 1 : 0;
    }

    /**
     * Ends a step.
     *
     * @param step its number, from 1
     */
    void end(long step) {
        if (step <= adapting && settings.step().isEmpty()) {
            double logStep = StrictMath.log(eta);
            if (weights > 0) {
                double ratio = Math.min(MOST_SQUARES, squares / weights / (aim * aim));
                double more = TAIL * (overflows - normalOverflow * weights);
                double gain = Math.min(FIRST_GAIN, Kernels.power((double) step, -0.6));
                logStep += gain * Math.max(-TAIL, 1 - ratio - more);
            }
            if (3 * step > adapting) {
                logSum += logStep;
                summed++;
            }
            double next = StrictMath.exp(step == adapting ? logSum / summed : logStep);
            eta = Math.max(SHORTEST, Math.min(longest, next));
        }
        squares = 0;
        weights = 0;
        overflows = 0;
    }

    /** Whether the chain still learns after so many steps. */
    boolean learns(long step) {
        return step <= adapting;
    }
}
