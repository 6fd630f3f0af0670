package io.scoreflux.posterior;

/**
 * Trajectories of all particles of an island from one noise level to the next.
 *
 * @param states the states at the start
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Leg(double[][] states, double fromSigma, double toSigma, LegSolver solver) {}
