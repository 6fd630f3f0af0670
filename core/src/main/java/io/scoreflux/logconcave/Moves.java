package io.scoreflux.logconcave;

/**
 * The parameters of Hamiltonian moves, the same for all chains of a sampler.
 *
 * @param metric the normal approximation of the density
 * @param step the angle of one leap, in radians
 * @param bound the bound of weights, relative to the roughness of a trajectory
 */
record Moves(Metric metric, double step, double bound) {
    /** Returns a hash that is the same on every machine. */
    int origin() {
        return 31 * (31 * metric.origin() + Double.hashCode(step)) + Double.hashCode(bound);
    }
}
