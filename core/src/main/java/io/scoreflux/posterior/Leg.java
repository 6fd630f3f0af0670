package io.scoreflux.posterior;

import io.scoreflux.solve.Solver;

/**
 * Trajectories of all particles of an island from one noise level to the next.
 *
 * @param states the states at the start
 * @param logWeights the growth of the log-weights of all particles, valid when all have ended
 * @param seed the seed of the random numbers of the solver, if it draws any
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Leg(double[][] states, double fromSigma, double toSigma, Solver solver, double[] logWeights, long seed) {
    /** Creates a leg of a deterministic solver. */
    Leg(double[][] states, double fromSigma, double toSigma, LegSolver solver) {
        this(states, fromSigma, toSigma, solver, solver.logWeights(), 0);
    }
}
