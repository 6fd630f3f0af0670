package io.scoreflux.solve;

/**
 * What was found of {@code int tr J dln s} over the noise range along a trajectory, J = dD/dz.
 *
 * @param values the integral, or an independent estimate of it by each probe; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
public record TraceIntegrals(double[] values) {}
