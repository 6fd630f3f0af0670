package io.scoreflux.reject;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Objects;

/**
 * A solver followed by a corrector on the same trajectory. The first solver stops at the level where the corrector begins, and the
 * corrector draws the state from there. Stages, stop levels, streams and certificates treat it like any other solver.
 *
 * <p>A drawn state belongs to no deterministic trajectory, so certificates have no error. Their status is
 * {@link io.scoreflux.solve.Certificate.Status#UNESTIMATED}, whatever the first solver reports.
 *
 * @param first carries trajectories to the level of the corrector
 * @param corrector draws from there
 */
public record CorrectedSolver(Solver first, Corrector corrector) implements Solver {
    /** Checks that the first solver leaves something to correct. */
    public CorrectedSolver {
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(corrector, "corrector");
        if (first instanceof CorrectedSolver || first instanceof Fors) {
            throw new InvalidArgumentException(
                    "correct",
                    "must not be given for a solver that draws from the distribution itself",
                    "given for " + first.name(),
                    "leave out {correct}");
        }
        if (first.needsPilot()) {
            throw new InvalidArgumentException(
                    "correct",
                    "must not be given for a solver that places its steps by a pilot over the whole range",
                    "given for " + first.name(),
                    "use a solver with a tolerance",
                    "use fixed steps");
        }
    }

    @Override
    public String name() {
        return first.name() + "+" + corrector.name();
    }

    @Override
    public CorrectedSolver withTolerance(double tolerance) {
        return new CorrectedSolver(first.withTolerance(tolerance), corrector);
    }

    @Override
    public boolean drawsNoise() {
        return true;
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        requireEnd(problem.toSigma());
        double begin = corrector.fromSigma(problem);
        PreparedSolver upper = first.prepare(problem.between(problem.fromSigma(), begin));
        PreparedSolver lower = corrector.prepare(problem);
        double[] levels = upper.stopLevels();
        if (levels.length > 0 && begin != problem.toSigma()) {
            levels = Arrays.copyOf(levels, levels.length + 1);
            levels[levels.length - 1] = problem.toSigma();
        }
        return PreparedSolver.of(
                trajectory -> new Relay(trajectory, upper.start(trajectory), begin, problem.toSigma(), lower),
                levels,
                // Only one of them works at a time.
                Math.max(upper.bytes(), lower.bytes()),
                Math.max(upper.rows(), lower.rows()));
    }

    /** Passes the trajectory on at the corrector's level. */
    private static final class Relay implements Machine {
        private final SolverState trajectory;
        private final double begin;
        private final double end;
        private final PreparedSolver lower;
        private Machine now;
        private boolean correcting;
        private double target;

        Relay(SolverState trajectory, Machine first, double begin, double end, PreparedSolver lower) {
            this.trajectory = trajectory;
            this.now = first;
            this.begin = begin;
            this.end = end;
            this.lower = lower;
            this.target = trajectory.sigma();
        }

        @Override
        public void target(double sigma) {
            target = sigma;
            now.target(correcting ? sigma : Math.max(begin, sigma));
            handOver();
        }

        /** Starts the corrector once the first solver has finished. A corrector that begins at the last level has work to do there. */
        private void handOver() {
            boolean wanted = target < begin || target == end;
            if (!correcting && wanted && now.done() && trajectory.failure() == null && trajectory.sigma() == begin) {
                correcting = true;
                trajectory.drawn();
                now = lower.start(trajectory);
                now.target(target);
            }
        }

        @Override
        public boolean done() {
            return now.done();
        }

        @Override
        public int ask(Rows append) {
            return now.ask(append);
        }

        @Override
        public void tell(Rows asked, double[] answers, int firstRow) {
            now.tell(asked, answers, firstRow);
            handOver();
        }

        @Override
        public boolean tellNonFinite(Rows asked, double[] answers, int firstRow) {
            boolean continues = now.tellNonFinite(asked, answers, firstRow);
            if (continues) {
                handOver();
            }
            return continues;
        }
    }
}
