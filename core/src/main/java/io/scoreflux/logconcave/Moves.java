package io.scoreflux.logconcave;

/**
 * The parameters of Hamiltonian moves, the same for all chains of a sampler.
 *
 * @param metric the normal approximation of the density
 * @param walls the boundary of the region where h is finite, in the coordinates of the metric
 * @param step the angle of one leap, in radians
 * @param bound the bound of weights, relative to the roughness of a trajectory
 */
record Moves(Metric metric, Walls walls, double step, double bound) {
    /** Creates parameters for a term in the coordinates of the chains. */
    static Moves of(Metric metric, Oracle oracle, double step, double bound) {
        return new Moves(metric, oracle.walls(metric), step, bound);
    }

    /** Returns the same metric with another angle and another bound. */
    Moves with(double otherStep, double otherBound) {
        return new Moves(metric, walls, otherStep, otherBound);
    }

    /** Returns a hash that is the same on every machine. */
    int origin() {
        return 31 * (31 * metric.origin() + Double.hashCode(step)) + Double.hashCode(bound);
    }
}
