package io.scoreflux.internal.expectation;

import org.jspecify.annotations.Nullable;

/**
 * The mean of independent numbers with the fixed-width stopping rule of Chow and Robbins (1965), and with an interval that holds at all times.
 *
 * <p>The fixed-width half-width at n numbers is {@code z sqrt((s^2 + r/n)/n)}. The guard r is the variance of an event that has not been seen,
 * of probability 1/n: (upper - lower)^2 if the bounds are known, otherwise s^2. It holds at the rule's own stop, not at all times. The interval
 * at all times is {@link EmpiricalBernstein} if the bounds are known, otherwise {@link AsymptoticSequence}.
 */
public final class CertifiedMean {
    /** The fewest numbers from which the rule may stop. */
    public static final int FEWEST = 100;

    private final MeanSettings settings;
    private final double z;
    private final RunningMoments moments = new RunningMoments();
    private final @Nullable EmpiricalBernstein bernstein;
    private final AsymptoticSequence sequence;
    private final double givenGuard;
    private double first;
    private boolean varied;

    private CertifiedMean(MeanSettings settings, boolean bounded, double guard) {
        this.settings = settings;
        this.z = settings.z();
        this.givenGuard = guard;
        this.bernstein = bounded
                ? new EmpiricalBernstein(
                        settings.lower(),
                        settings.upper(),
                        settings.within(),
                        StrictMath.log(2 / settings.intervalAlpha()))
                : null;
        this.sequence = new AsymptoticSequence(settings.intervalAlpha(), settings.within());
    }

    /** Creates the mean of the values of a function. */
    public static CertifiedMean of(MeanSettings settings) {
        return new CertifiedMean(settings, settings.bounded(), settings.bounded() ? square(settings.range()) : 0);
    }

    /**
     * Creates the mean of numbers that the bounds do not hold for, such as sums with rare corrections.
     *
     * @param guard the variance of an event of probability 1/n that may not have been seen, times n
     */
    public static CertifiedMean guarded(MeanSettings settings, double guard) {
        return new CertifiedMean(settings, false, guard);
    }

    private static double square(double x) {
        return x * x;
    }

    /**
     * Adds a sample.
     *
     * @param value the value without a control variate
     * @param number the number to average, with the same expectation: the value, perhaps with a control variate
     */
    public void add(double value, double number) {
        if (moments.count() == 0) {
            first = value;
        }
        varied |= value != first;
        moments.add(number);
        if (bernstein != null) {
            bernstein.add(value);
        }
    }

    /** Returns the number of samples. */
    public long count() {
        return moments.count();
    }

    /** Returns the mean. */
    public double mean() {
        return moments.mean();
    }

    /** Returns whether the values vary or a guard limits what has not been seen. Otherwise nothing can be said about the mean. */
    public boolean informative() {
        return varied || givenGuard > 0;
    }

    /** Returns the unbiased variance of the numbers. */
    public double variance() {
        return moments.variance();
    }

    /** Returns whether the interval that holds at all times is around the weighted mean of the values, without control variates. */
    public boolean weighted() {
        return bernstein != null;
    }

    private double guard() {
        return Math.max(givenGuard, bernstein == null ? moments.variance() : 0);
    }

    /** Returns half the width of the interval that holds at the stop of the fixed-width rule; infinite before {@link #FEWEST} samples. */
    public double fixedHalfWidth() {
        long n = moments.count();
        return n < FEWEST || !informative()
                ? Double.POSITIVE_INFINITY
                : z * Math.sqrt((moments.variance() + guard() / n) / n);
    }

    /** Returns the centre of the interval that holds at all times. */
    public double anytimeCentre() {
        return bernstein == null ? moments.mean() : bernstein.centre();
    }

    /** Returns half the width of the interval that holds at all times; infinite if nothing is known. */
    public double anytimeHalfWidth() {
        long n = moments.count();
        return bernstein != null
                ? bernstein.halfWidth()
                : n < FEWEST || !informative()
                        ? Double.POSITIVE_INFINITY
                        : sequence.halfWidth(n, moments.variance() + guard() / n);
    }

    /**
     * Returns the number of samples at which the fixed-width rule stops if the variance stays as it is.
     *
     * @param room the half-width at which it stops
     */
    public double needed(double room) {
        double half = z * z * moments.variance() / (2 * room * room);
        return half + Math.sqrt(half * half + z * z * guard() / (room * room));
    }

    /**
     * Returns the number of samples at which the interval that holds at all times has a half-width, if the variance stays as it is; infinity
     * if unknown.
     *
     * @param room the half-width
     */
    public double neededAnytime(double room) {
        return bernstein == null ? Double.POSITIVE_INFINITY : bernstein.needed(room);
    }

    /** Returns the settings. */
    public MeanSettings settings() {
        return settings;
    }
}
