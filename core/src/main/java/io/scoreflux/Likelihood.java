package io.scoreflux;

import io.scoreflux.internal.Require;

/**
 * How log-densities are found: from the denoiser's exact divergence, or estimated by random probes, each at the price of two more
 * denoiser rows for each query.
 *
 * @param probes of the estimate, 0 to 1024; 0 is the exact divergence. With one there is no standard error
 */
public record Likelihood(int probes) {
    /** The most probes. */
    public static final int MOST_PROBES = 1024;

    /** Checks the range. */
    public Likelihood {
        Require.within("probes", probes, 0, MOST_PROBES);
    }

    /** By the denoiser's own divergence: it must be an {@link io.scoreflux.model.DivergenceDenoiser} that the sampler calls itself. */
    public static Likelihood exact() {
        return new Likelihood(0);
    }

    /**
     * By probes.
     *
     * @param number 1 to 1024
     */
    public static Likelihood probes(int number) {
        return new Likelihood(Require.within("probes", number, 1, MOST_PROBES));
    }
}
