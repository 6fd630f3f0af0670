package io.scoreflux.reject;

/** Chooses the noise levels at which the steps of one chain end, from the chain's past. Not thread-safe. */
interface ChainSteps {

    /** The level after {@code sigma}; at least {@code target}, which is below sigma. */
    double next(double sigma, double target);

    /**
     * Takes the result of a step.
     *
     * @param weightVariance the variance of the weights at a point where the denoiser was evaluated
     * @param eps the share of the noise variance that the step removed
     */
    void see(double weightVariance, double eps);
}
