package io.scoreflux.solve;

/**
 * What was found of {@code int div D dln s} over the noise range along a trajectory.
 *
 * @param values the integral, or an independent estimate of it by each probe; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
public record DivergenceIntegrals(double[] values) {}
