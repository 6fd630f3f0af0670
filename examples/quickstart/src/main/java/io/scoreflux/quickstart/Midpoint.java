package io.scoreflux.quickstart;

import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;

/**
 * The exponential midpoint rule of order 2, as an example of a solver outside the library. A step from s to s' takes two calls:
 *
 * <pre>
 * z_m = (s_m / s) z + (1 - s_m / s) D(z; s),        s_m = sqrt(s s')
 * z'  = (s' / s) z + (1 - s' / s) D(z_m; s_m)
 * </pre>
 *
 * @param step the longest step in ln s, greater than 0 and at most 1
 */
public record Midpoint(double step) implements Solver {
    /** Checks the range. */
    public Midpoint {
        if (!(step > 0 && step <= 1)) {
            throw new IllegalArgumentException("step must be greater than 0 and at most 1, was " + step);
        }
    }

    @Override
    public String name() {
        return "midpoint";
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        requireEnd(problem.toSigma());
        long bytes = (long) Double.BYTES * problem.dimension();
        return PreparedSolver.of(trajectory -> new Steps(trajectory, step), bytes, 1);
    }

    private static final class Steps implements Machine {
        private final SolverState trajectory;
        private final double step;
        private final double[] middle;
        private double target;
        private double next;
        private double half;
        /** Whether the next evaluation is at the middle of a step. */
        private boolean halfway;

        Steps(SolverState trajectory, double step) {
            this.trajectory = trajectory;
            this.step = step;
            this.middle = new double[trajectory.z().length];
            this.target = trajectory.sigma();
        }

        @Override
        public void target(double sigma) {
            target = sigma;
        }

        @Override
        public boolean done() {
            return trajectory.sigma() <= target;
        }

        @Override
        public int ask(Rows append) {
            if (halfway) {
                append.append(middle, 0, half);
            } else {
                append.append(trajectory.z(), 0, trajectory.sigma());
            }
            return 1;
        }

        @Override
        public void tell(Rows asked, double[] answers, int firstRow) {
            int at = firstRow * middle.length;
            double s = trajectory.sigma();
            if (!halfway) {
                double left = StrictMath.log(s / target);
                double steps = Math.ceil(left / step);
                next = steps <= 1 ? target : s * StrictMath.exp(-left / steps);
                half = Math.sqrt(s * next);
                move(middle, half / s, answers, at);
                halfway = true;
            } else {
                move(trajectory.z(), next / s, answers, at);
                halfway = false;
                trajectory.stepAccepted(1);
                trajectory.reached(next);
            }
        }

        /** out = keep z + (1 - keep) D. */
        private void move(double[] out, double keep, double[] answers, int at) {
            for (int i = 0; i < out.length; i++) {
                out[i] = keep * trajectory.z()[i] + (1 - keep) * answers[at + i];
            }
        }
    }
}
