package io.scoreflux;

import io.scoreflux.internal.Require;

/**
 * The method for log-densities: the exact divergence of the denoiser, or an estimate from random probes. Each probe adds two denoiser rows
 * to each query.
 *
 * @param probes the number of probes, 0 to 1024; 0 selects the exact divergence. With one probe there is no standard error
 */
public record Likelihood(int probes) {
    /** The maximum number of probes. */
    public static final int MAX_PROBES = 1024;

    /** Checks the range. */
    public Likelihood {
        Require.within("probes", probes, 0, MAX_PROBES);
    }

    /** Returns the exact method. The denoiser must be an {@link io.scoreflux.model.DivergenceDenoiser} that the sampler calls directly. */
    public static Likelihood exact() {
        return new Likelihood(0);
    }

    /**
     * Returns an estimate from probes.
     *
     * @param number 1 to 1024
     */
    public static Likelihood probes(int number) {
        return new Likelihood(Require.within("probes", number, 1, MAX_PROBES));
    }
}
