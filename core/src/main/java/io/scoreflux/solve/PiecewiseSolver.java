package io.scoreflux.solve;

import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * A solver for a denoiser that jumps at some noise levels. It solves the range between two jumps as a separate problem, because no polynomial
 * approximates D across a jump. The estimates of all parts are added in quadrature. An error at the level s is multiplied by
 * {@code R / sqrt(R^2 + s^2)} to give its part of the error at level 0, where R is the radius. The flow of a Gaussian of this radius, in any
 * dimension, contracts errors at least as much.
 */
public final class PiecewiseSolver implements Solver {
    private final Solver solver;
    private final double[] jumps;

    private PiecewiseSolver(Solver solver, double[] jumps) {
        this.solver = solver;
        this.jumps = jumps;
    }

    /**
     * Returns a solver that stops and starts again at the jumps of a denoiser. Solvers that draw noise, place their steps by a pilot or have no
     * tolerance are returned unchanged.
     *
     * @param solver the solver of each part
     * @param jumps noise levels at which the denoiser jumps; its value at such a level belongs to the range below
     */
    public static Solver of(Solver solver, double... jumps) {
        return jumps.length == 0
                        || solver.needsPilot()
                        || solver.drawsNoise()
                        || solver.accuracy().isEmpty()
                ? solver
                : new PiecewiseSolver(solver, jumps.clone());
    }

    @Override
    public String name() {
        return solver.name();
    }

    @Override
    public Solver withTolerance(double tolerance) {
        return new PiecewiseSolver(solver.withTolerance(tolerance), jumps);
    }

    @Override
    public OptionalDouble accuracy() {
        return solver.accuracy();
    }

    @Override
    public boolean followsFlow() {
        return solver.followsFlow();
    }

    @Override
    public boolean reachesZero() {
        return solver.reachesZero();
    }

    @Override
    public void requireEnd(double toSigma) {
        solver.requireEnd(toSigma);
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        double[] inside = Arrays.stream(jumps)
                .filter(jump -> jump < problem.fromSigma() && jump > problem.toSigma())
                .sorted()
                .distinct()
                .toArray();
        int parts = inside.length + 1;
        double[] starts = new double[parts];
        double[] ends = new double[parts];
        PreparedSolver[] prepared = new PreparedSolver[parts];
        long bytes = 0;
        int rows = 1;
        for (int part = 0; part < parts; part++) {
            starts[part] = part == 0 ? problem.fromSigma() : inside[parts - 1 - part];
            // The value at the jump belongs to the range below, so the part above ends at the next larger number.
            ends[part] = part == parts - 1 ? problem.toSigma() : Math.nextUp(inside[parts - 2 - part]);
            prepared[part] = solver.prepare(problem.between(starts[part], ends[part]));
            bytes = Math.max(bytes, prepared[part].bytes());
            rows = Math.max(rows, prepared[part].rows());
        }
        return PreparedSolver.of(
                trajectory -> new Relay(trajectory, starts, ends, prepared, problem.radius()), bytes, rows);
    }

    /** Passes the trajectory on from part to part. */
    private static final class Relay implements Machine {
        private final SolverState trajectory;
        private final double[] starts;
        private final double[] ends;
        private final PreparedSolver[] parts;
        private final double radius;
        private int part;
        private Machine now;
        private double target;

        Relay(SolverState trajectory, double[] starts, double[] ends, PreparedSolver[] parts, double radius) {
            this.trajectory = trajectory;
            this.starts = starts;
            this.ends = ends;
            this.parts = parts;
            this.radius = radius;
            this.now = parts[0].start(trajectory);
            this.target = trajectory.sigma();
        }

        @Override
        public void target(double sigma) {
            target = sigma;
            now.target(Math.max(ends[part], sigma));
            handOver();
        }

        private double scale(double sigma) {
            return Math.sqrt(radius * radius + sigma * sigma);
        }

        private void handOver() {
            while (part < parts.length - 1
                    && target < ends[part]
                    && now.done()
                    && trajectory.failure() == null
                    && trajectory.sigma() == ends[part]) {
                trajectory.carryEstimate(scale(ends[part + 1]) / scale(ends[part]));
                part++;
                trajectory.reached(starts[part]);
                now = parts[part].start(trajectory);
                now.target(Math.max(ends[part], target));
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
