package io.scoreflux.solve;

/**
 * A trajectory at one noise level, and what the denoiser makes of it there.
 *
 * @param sigma the canonical noise level
 * @param z the state; not copied
 * @param denoised D(z; sigma); not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody, and copied by nobody on a path of many.
public record TracePoint(double sigma, double[] z, double[] denoised) {}
