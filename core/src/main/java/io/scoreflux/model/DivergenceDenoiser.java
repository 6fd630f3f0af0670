package io.scoreflux.model;

import io.scoreflux.state.Rows;

/** A denoiser that computes the divergence of its answers, {@code div D = tr dD/dz}, which makes log-densities along its flow exact. */
public interface DivergenceDenoiser extends Denoiser {

    /**
     * Answers all rows of a batch as {@link #denoise(Rows, double[])} does, to the same bits, and their divergences.
     *
     * @param in states z and canonical noise levels; not modified, not kept
     * @param out receives D row-major from index 0; may be longer than the batch
     * @param divergence receives one number of each row; may be longer than the batch
     */
    void denoise(Rows in, double[] out, double[] divergence);
}
