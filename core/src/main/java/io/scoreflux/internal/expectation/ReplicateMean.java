package io.scoreflux.internal.expectation;

/**
 * The mean of randomised quasi-Monte Carlo: 16 independent replicates of a point set, whose means give the interval
 * {@code t s_R / 4}. t is the quantile of Student's distribution with 15 degrees of freedom.
 *
 * <p>Looks are at N = 16, 32, 64, ... points in each replicate. The interval that is shown at look j has alpha / 2^j, so that all looks hold at
 * once. The rule stops at the full alpha, at the second look at the earliest. Its t is 7 per cent larger, because it tends to stop when s_R is
 * low. If the bounds of the values are known, the half-width is at least
 * that of an event of probability 1/n that has not been seen.
 */
public final class ReplicateMean {
    /** The number of replicates. */
    public static final int REPLICATES = 16;

    /** The points of a replicate at the first look. */
    public static final int FIRST = 16;

    private final MeanSettings settings;
    private final double[] sums = new double[REPLICATES];
    private final RunningMoments values = new RunningMoments();
    private long count;
    private int looks;

    /** Creates the mean. */
    public ReplicateMean(MeanSettings settings) {
        this.settings = settings;
    }

    /** Adds the next point of each replicate, in turns: value k belongs to replicate k mod 16. */
    public void add(double value) {
        sums[(int) (count % REPLICATES)] += value;
        values.add(value);
        count++;
        if (count == sizeOfLook(looks)) {
            looks++;
        }
    }

    /** Returns the number of samples at look {@code j}, counted from 0. */
    public static long sizeOfLook(int j) {
        return ((long) REPLICATES * FIRST) << j;
    }

    /** Returns the number of looks so far. */
    public int looks() {
        return looks;
    }

    /** Returns the mean. */
    public double mean() {
        double sum = 0;
        for (double part : sums) {
            sum += part;
        }
        return sum / count;
    }

    /** Returns the variance of the mean of as many independent values, divided by that of the mean. Only at a look. */
    public double gain() {
        return values.variance() / count / (variance() / REPLICATES);
    }

    private double variance() {
        RunningMoments means = new RunningMoments();
        double points = (double) count / REPLICATES;
        for (double sum : sums) {
            means.add(sum / points);
        }
        return means.variance();
    }

    /** Returns half the width of the interval that holds at the stop; infinite before the second look. Only at a look. */
    public double stopHalfWidth() {
        return looks < 2
                ? Double.POSITIVE_INFINITY
                : halfWidth(Quantiles.stoppedStudent(REPLICATES - 1, settings.intervalAlpha()));
    }

    /** Returns half the width of the interval that holds at all looks; infinite before the first. Only at a look. */
    public double shownHalfWidth() {
        return looks == 0
                ? Double.POSITIVE_INFINITY
                : halfWidth(Quantiles.student(REPLICATES - 1, Math.scalb(settings.intervalAlpha(), -looks)));
    }

    private double halfWidth(double t) {
        double variance = variance();
        if (!(variance > 0) && !settings.bounded()) {
            return Double.POSITIVE_INFINITY;
        }
        double half = t * Math.sqrt(variance / REPLICATES);
        double unseen = settings.bounded() ? settings.z() * settings.range() / count : 0;
        return Math.sqrt(half * half + unseen * unseen);
    }

    /** Returns the settings. */
    public MeanSettings settings() {
        return settings;
    }
}
