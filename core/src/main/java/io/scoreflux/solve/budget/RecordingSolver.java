package io.scoreflux.solve.budget;

import io.scoreflux.internal.collocation.SecantSlope;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * A solver whose machines record the levels of the accepted steps, and the slope of D where it was evaluated twice at one level. It supports
 * solvers that ask for one row per round. It records the trajectories of the pilot, and not the further ones that confirm a plan.
 */
final class RecordingSolver implements PreparedSolver {
    private static final int MOST_COMPONENTS = 64;
    /** The smallest share of the mean slope in a model. The largest is as far above 1. */
    private static final double LEAST_SLOPE = 0.5;

    private final PreparedSolver solver;
    private final List<Recorder> recorders = Collections.synchronizedList(new ArrayList<>());

    RecordingSolver(PreparedSolver solver) {
        this.solver = solver;
    }

    @Override
    public Machine start(SolverState trajectory) {
        if (trajectory.index() >= Pilot.ROWS) {
            return solver.start(trajectory);
        }
        Recorder recorder = new Recorder(solver.start(trajectory), trajectory.z());
        recorders.add(recorder);
        return recorder;
    }

    /** Forgets all trajectories. */
    void clear() {
        recorders.clear();
    }

    @Override
    public double[] stopLevels() {
        return solver.stopLevels();
    }

    /** Returns, for each of {@code cells} equal cells of ln sigma, the mean over trajectories of 1 / step length. */
    double[] stepDensity(double topTau, double bottomTau, int cells) {
        double[] density = new double[cells];
        double width = (topTau - bottomTau) / cells;
        for (Recorder recorder : recorders) {
            double[] tau = recorder.acceptedLevels();
            for (int cell = 0; cell < cells; cell++) {
                double level = topTau - (cell + 0.5) * width;
                for (int i = 1; i < tau.length; i++) {
                    if (tau[i] <= level && tau[i - 1] >= level) {
                        density[cell] += 1 / (tau[i - 1] - tau[i]) / recorders.size();
                        break;
                    }
                }
            }
        }
        return density;
    }

    /**
     * Returns the mean slope near a level. Each measurement is limited to [0, 1] and weighted by a Gaussian of standard deviation {@code width}
     * in ln sigma.
     */
    double slope(double level, double width) {
        double sum = 0;
        double weights = 0;
        for (Recorder recorder : recorders) {
            for (int i = 0; i < recorder.slopes; i++) {
                double x = (recorder.slopeTau[i] - level) / width;
                double weight = StrictMath.exp(-x * x / 2);
                sum += weight * Math.max(0, Math.min(1, recorder.slope[i]));
                weights += weight;
            }
        }
        // Far above all measurements the weights vanish, and the slope is 0.
        return weights < Double.MIN_NORMAL ? 0 : sum / weights;
    }

    /**
     * Returns a model of the denoiser around each trajectory, in at most {@link #MOST_COMPONENTS} components.
     *
     * @param rough whether D is rough
     * @param slope the mean slope of D at a level
     */
    List<RecordedPath> paths(double radius, boolean rough, DoubleUnaryOperator slope) {
        List<RecordedPath> paths = new ArrayList<>();
        for (Recorder recorder : recorders) {
            // Slopes differ between trajectories and directions. A plan must not depend on the mean.
            double share = LEAST_SLOPE + (2 - 2 * LEAST_SLOPE) * (paths.size() + 0.5) / recorders.size();
            paths.add(recorder.path(radius, rough, level -> share * slope.applyAsDouble(level)));
        }
        return paths;
    }

    private static final class Recorder implements Machine {
        private final Machine machine;
        private final int dimension;
        private final double[] lastState;
        private final double[] lastAnswer;
        private double lastTau = Double.POSITIVE_INFINITY;
        private double[] tau = new double[64];
        private int asked;
        private final int stride;
        private final int components;
        private final double[] start;
        /** The components of D at the levels. */
        private double[] values;

        private double[] slopeTau = new double[16];
        private double[] slope = new double[16];
        private int slopes;

        Recorder(Machine machine, double[] z) {
            this.machine = machine;
            this.dimension = z.length;
            this.stride = (dimension + MOST_COMPONENTS - 1) / MOST_COMPONENTS;
            this.components = (dimension + stride - 1) / stride;
            this.start = new double[components];
            this.values = new double[tau.length * components];
            pick(z, 0, start, 0);
            this.lastState = new double[dimension];
            this.lastAnswer = new double[dimension];
        }

        @Override
        public void target(double sigma) {
            machine.target(sigma);
        }

        @Override
        public boolean done() {
            return machine.done();
        }

        @Override
        public int ask(Rows append) {
            return machine.ask(append);
        }

        @Override
        public void tell(Rows rows, double[] answers, int firstRow) {
            double level = StrictMath.log(rows.sigma(firstRow));
            int at = firstRow * dimension;
            if (level == lastTau) {
                addSlope(
                        level,
                        SecantSlope.between(
                                rows.values(), at, lastState, 0, answers, at, lastAnswer, 0, dimension, Double.NaN));
                pick(answers, at, values, (asked - 1) * components);
            } else {
                int index = addLevel(level);
                pick(answers, at, values, index * components);
            }
            System.arraycopy(rows.values(), at, lastState, 0, dimension);
            System.arraycopy(answers, at, lastAnswer, 0, dimension);
            lastTau = level;
            machine.tell(rows, answers, firstRow);
        }

        /** Returns the index of a level, and removes the levels below it. */
        private int addLevel(double level) {
            for (int i = 0; i < asked; i++) {
                if (tau[i] == level) {
                    // A node of the start window that is evaluated again.
                    return i;
                }
            }
            // Lower levels belong to rejected steps.
            while (asked > 0 && tau[asked - 1] < level) {
                asked--;
            }
            if (asked == tau.length) {
                tau = Arrays.copyOf(tau, 2 * asked);
                values = Arrays.copyOf(values, 2 * asked * components);
            }
            tau[asked] = level;
            return asked++;
        }

        private void pick(double[] from, int at, double[] to, int toAt) {
            for (int i = 0; i < components; i++) {
                to[toAt + i] = from[at + i * stride];
            }
        }

        RecordedPath path(double radius, boolean rough, DoubleUnaryOperator slope) {
            return new RecordedPath(
                    acceptedLevels(), Arrays.copyOf(values, asked * components), start, radius, rough, slope);
        }

        private void addSlope(double level, double value) {
            if (Double.isNaN(value)) {
                return;
            }
            if (slopes == slope.length) {
                slopeTau = Arrays.copyOf(slopeTau, 2 * slopes);
                slope = Arrays.copyOf(slope, 2 * slopes);
            }
            slopeTau[slopes] = level;
            slope[slopes++] = value;
        }

        double[] acceptedLevels() {
            return Arrays.copyOf(tau, asked);
        }
    }
}
