package io.scoreflux.reject;

/** Steps between given levels. */
final class FixedSteps implements ChainSteps {
    private final double[] sigma;
    private int at;

    FixedSteps(double[] sigma) {
        this.sigma = sigma;
    }

    /** Returns the levels of steps with the same eps = 1 / (gain + 1) from one level to another. The last step may be shorter. */
    static double[] ofGain(double gain, double from, double to) {
        double ratio = Math.sqrt(gain / (gain + 1));
        // Merge a tiny last step with the previous one.
        double sliver = 1e-6;
        int steps = (int) Math.max(1, Math.ceil(StrictMath.log(to / from) / StrictMath.log(ratio) - sliver));
        double[] levels = new double[steps + 1];
        levels[0] = from;
        for (int i = 1; i < steps; i++) {
            levels[i] = levels[i - 1] * ratio;
        }
        levels[steps] = to;
        return levels;
    }

    @Override
    public double next(double level, double target) {
        while (sigma[at] >= level) {
            at++;
        }
        return Math.max(target, sigma[at]);
    }

    @Override
    public void see(double weightVariance, double eps) {
        // The levels are given.
    }
}
