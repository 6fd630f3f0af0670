package io.scoreflux.model;

import io.scoreflux.state.Rows;

/** A denoiser that also computes its divergence, {@code div D = tr dD/dz}. Log-densities along its flow then need no estimate of the trace. */
public interface DivergenceDenoiser extends Denoiser {

    /**
     * Evaluates D and its divergence for all rows of a batch. D is bit-identical to the result of {@link #denoise(Rows, double[])}.
     *
     * @param in states z and canonical noise levels; must be neither modified nor retained
     * @param out receives D row-major from index 0; may be longer than the batch
     * @param divergence receives one number for each row; may be longer than the batch
     */
    void denoise(Rows in, double[] out, double[] divergence);
}
