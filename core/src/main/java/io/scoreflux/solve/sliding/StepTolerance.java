package io.scoreflux.solve.sliding;

/** From the error that a user asks for to what a step may add. */
final class StepTolerance {
    private static final double NEUTRAL = 1e-7;
    private static final double EXPONENT = 0.15;
    /** From here down the last two intervals are integrated again, not one. */
    private static final double FINE = 3e-9;

    private StepTolerance() {}

    /**
     * The tolerance of a step: errors of loose steps add up to more than one tolerance, those of fine ones to less. Chosen so that
     * the true error is about the one asked for.
     */
    static double inside(double tolerance) {
        return tolerance * StrictMath.pow(tolerance / NEUTRAL, -EXPONENT);
    }

    static int lookback(double tolerance) {
        return tolerance <= FINE ? 2 : 1;
    }
}
