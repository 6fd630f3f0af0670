package io.scoreflux.solve.picard;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.collocation.ExponentialQuadrature;
import io.scoreflux.internal.collocation.Nodes;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;

/**
 * Picard collocation in the form of Gatmiry, Chen and Salim (2026, arXiv 2601.10708), with given windows, degree and sweeps.
 *
 * <p>All windows have the same length in ln sigma and {@code nodes} Chebyshev nodes. The first iterate at all nodes of a window is its initial
 * state. A sweep evaluates D at all nodes in one call and integrates the polynomial through the values. The paper approximates the whole drift
 * by a polynomial. Here the linear part is exact, and only D is approximated. The solver needs {@code windows x nodes x sweeps} calls in
 * {@code windows x sweeps} rounds. It has no error estimate.
 *
 * @param windows the number of windows, at least 1. It must be so large that each window is at most {@value ExponentialQuadrature#LONGEST} long
 *     in ln sigma
 * @param nodes the number of nodes in each window, 1 to 32
 * @param sweeps the number of sweeps in each window, at least 1
 */
public record PicardWindows(int windows, int nodes, int sweeps) implements Solver {
    private static final int MOST_NODES = 32;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if an argument is out of range
     */
    public PicardWindows {
        Require.atLeast("windows", windows, 1);
        Require.within("nodes", nodes, 1, MOST_NODES);
        Require.atLeast("sweeps", sweeps, 1);
    }

    @Override
    public String name() {
        return "picard-windows";
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        requireEnd(problem.toSigma());
        double h = StrictMath.log(problem.fromSigma() / problem.toSigma()) / windows;
        if (h > ExponentialQuadrature.LONGEST) {
            throw new InvalidConfigurationException(
                    "windows",
                    "must be so many that each is at most " + ExponentialQuadrature.LONGEST + " long in ln sigma",
                    windows + " of " + Violation.text(h),
                    "use more {windows}");
        }
        Nodes family = Nodes.chebyshev(nodes);
        double[] targets = new double[nodes + 1];
        for (int k = 0; k < nodes; k++) {
            targets[k] = family.node(k);
        }
        targets[nodes] = 1;
        double[] weights = new double[targets.length * nodes];
        double[] decay = new double[targets.length];
        new ExponentialQuadrature(family, targets).weights(h, weights, decay);
        double[] levels = SigmaGrid.UNIFORM_LOG.levels(problem.fromSigma(), problem.toSigma(), windows);
        return PreparedSolver.of(
                trajectory -> new SweepMachine(trajectory, levels, sweeps, weights, decay),
                levels,
                (long) Double.BYTES * nodes * problem.dimension(),
                nodes);
    }

    private static final class SweepMachine implements Machine {
        private final SolverState trajectory;
        private final double[] levels;
        private final int sweeps;
        private final double[] weights;
        private final double[] decay;
        private final int nodes;
        private final int dimension;
        /** The states at the nodes. */
        private final double[] states;

        private int window;
        private int sweep;
        private double target;

        SweepMachine(SolverState trajectory, double[] levels, int sweeps, double[] weights, double[] decay) {
            this.trajectory = trajectory;
            this.levels = levels;
            this.sweeps = sweeps;
            this.weights = weights;
            this.decay = decay;
            this.nodes = decay.length - 1;
            this.dimension = trajectory.z().length;
            this.states = new double[nodes * dimension];
            this.target = trajectory.sigma();
        }

        @Override
        public void target(double sigma) {
            target = sigma;
        }

        @Override
        public boolean done() {
            return window == levels.length - 1 || trajectory.sigma() <= target;
        }

        @Override
        public int ask(Rows append) {
            for (int k = 0; k < nodes; k++) {
                double level = trajectory.sigma() * decay[k];
                if (sweep == 0) {
                    append.append(trajectory.z(), 0, level);
                } else {
                    append.append(states, k * dimension, level);
                }
            }
            return nodes;
        }

        @Override
        public void tell(Rows asked, double[] answers, int firstRow) {
            sweep++;
            if (sweep < sweeps) {
                for (int j = 0; j < nodes; j++) {
                    integrate(j, answers, firstRow, states, j * dimension);
                }
                return;
            }
            integrate(nodes, answers, firstRow, states, 0);
            System.arraycopy(states, 0, trajectory.z(), 0, dimension);
            window++;
            sweep = 0;
            trajectory.stepAccepted(nodes - 1);
            trajectory.reached(levels[window]);
        }

        private void integrate(int j, double[] answers, int firstRow, double[] out, int at) {
            Kernels.setScaled(out, at, decay[j], trajectory.z(), 0, dimension);
            for (int k = 0; k < nodes; k++) {
                Kernels.addScaled(out, at, weights[j * nodes + k], answers, (firstRow + k) * dimension, dimension);
            }
        }
    }
}
