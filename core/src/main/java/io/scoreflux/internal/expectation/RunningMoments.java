package io.scoreflux.internal.expectation;

/** Mean and unbiased variance of a stream of numbers, by Welford's recurrence. */
public final class RunningMoments {
    private long count;
    private double mean;
    private double squares;

    /** Adds a number. */
    public void add(double value) {
        count++;
        double offset = value - mean;
        mean += offset / count;
        squares += offset * (value - mean);
    }

    /** Returns the number of numbers. */
    public long count() {
        return count;
    }

    /** Returns the mean, or 0 if there is no number. */
    public double mean() {
        return mean;
    }

    /** Returns the unbiased variance, or 0 if there are fewer than two numbers. */
    public double variance() {
        return count < 2 ? 0 : squares / (count - 1);
    }
}
