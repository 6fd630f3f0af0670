package io.scoreflux.service;

import io.scoreflux.model.Denoiser;
import io.scoreflux.model.GaussianMixture;

/**
 * The distribution of the samples.
 *
 * @param denoiser its denoiser, with moments
 * @param fromSigma the noise level where trajectories start
 * @param toSigma the noise level where they end
 */
record Target(Denoiser denoiser, double fromSigma, double toSigma) {
    private static final int MODES = 8;
    private static final double STD = 0.05;

    /** Eight Gaussians on the unit circle: {@code ring8} of the command line, with its noise range. */
    static Target ring() {
        GaussianMixture.Builder ring = GaussianMixture.builder(2);
        for (int k = 0; k < MODES; k++) {
            double angle = k * StrictMath.PI / 4;
            ring.component(1, new double[] {StrictMath.cos(angle), StrictMath.sin(angle)}, STD);
        }
        GaussianMixture mixture = ring.build();
        double radius = mixture.moments().orElseThrow().radius();
        return new Target(mixture, 20 * radius, STD / 10);
    }
}
