package io.scoreflux.reject;

/** Chooses the noise level at which a chain's next step ends, from the past. Not thread-safe: it belongs to a chain. */
interface ChainSteps {

    /** The level after sigma, which is above target; at least target. */
    double next(double sigma, double target);

    /**
     * What a step has shown.
     *
     * @param weightVariance the variance that weights had at one of its questions
     * @param eps the share of the variance that the step took
     */
    void see(double weightVariance, double eps);
}
