package io.scoreflux.posterior;

import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import org.jspecify.annotations.Nullable;

/**
 * The solver of one leg of an island, for the sampler that runs it once. It keeps the log-weights of the particles, because a sample has only
 * its state. Trajectories write to entries of their own.
 */
final class LegSolver implements Solver {
    private final StepTable steps;
    private final Drift drift;
    private final double[][] freeWeights;
    private final double[][] plainWeights;
    private final double[] logWeights;
    private final @Nullable SlopeProbe probe;

    /** Creates the solver of a leg of an island. */
    LegSolver(StepTable steps, Drift drift, int particles, @Nullable SlopeProbe probe) {
        this.steps = steps;
        this.drift = drift;
        this.freeWeights = steps.weights(StepTable::free);
        this.plainWeights = steps.weights(s -> 1);
        this.logWeights = new double[particles];
        this.probe = probe;
    }

    StepTable steps() {
        return steps;
    }

    Drift drift() {
        return drift;
    }

    double[][] free() {
        return freeWeights;
    }

    double[][] plain() {
        return plainWeights;
    }

    @Nullable
    SlopeProbe probe() {
        return probe;
    }

    void ended(int particle, double logWeight) {
        logWeights[particle] = logWeight;
    }

    /** Returns the growth of the log-weights of all particles; valid when all have ended. */
    double[] logWeights() {
        return logWeights;
    }

    @Override
    public String name() {
        return "leg";
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        return PreparedSolver.of(
                trajectory -> new LegMachine(trajectory, this),
                LegMachine.bytes(problem.dimension(), drift.count()),
                probe == null ? 1 : 2);
    }
}
