package io.scoreflux.reject;

/** Chooses the noise levels at which the steps of one chain end, from the past of the chain. Not thread-safe. */
interface ChainSteps {

    /** Returns the level after {@code sigma}. It is at least {@code target}, which is below sigma. */
    double next(double sigma, double target);

    /**
     * Takes the result of a step.
     *
     * @param weightVariance the variance of the weights at a point where the denoiser was evaluated
     * @param eps the fraction of the noise variance that the step removed
     */
    void see(double weightVariance, double eps);
}
