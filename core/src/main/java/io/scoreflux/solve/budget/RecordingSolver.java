package io.scoreflux.solve.budget;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.SecantSlope;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * A solver whose machines record the levels of the accepted steps with the states and the values of D there, and the slope of D where it was
 * evaluated twice at one level. It supports solvers that ask for one row per round. Trajectories before the first recorded one end at once, without
 * a call.
 */
final class RecordingSolver implements PreparedSolver {
    /** The largest number of components of a state that are recorded. */
    private static final int MOST_COMPONENTS = 64;
    /** The standard deviation in ln s of the weights of a mean over levels. */
    private static final double WIDTH = 0.3;

    private static final int CELLS = 200;
    /** The largest slope of a trajectory. */
    private static final double MOST_GROWTH = 2;

    private final PreparedSolver solver;
    private final long firstRow;
    private final ConcurrentLinkedQueue<Recorder> recorders = new ConcurrentLinkedQueue<>();

    /**
     * Creates a solver.
     *
     * @param firstRow the index of the first trajectory that is solved
     */
    RecordingSolver(PreparedSolver solver, long firstRow) {
        this.solver = solver;
        this.firstRow = firstRow;
    }

    @Override
    public Machine start(SolverState trajectory) {
        if (trajectory.index() < firstRow) {
            return new Skipped(trajectory);
        }
        Recorder recorder = new Recorder(solver.start(trajectory), trajectory);
        recorders.add(recorder);
        return recorder;
    }

    @Override
    public double[] stopLevels() {
        return solver.stopLevels();
    }

    /** Returns the recorders in the order of the trajectories. */
    private List<Recorder> sorted() {
        return recorders.stream()
                .sorted(Comparator.comparingLong(recorder -> recorder.index))
                .toList();
    }

    /** Returns the number of rows of all trajectories. */
    long told() {
        return recorders.stream().mapToLong(recorder -> recorder.told).sum();
    }

    /** Returns, for each of {@code cells} equal cells of ln sigma, the mean over trajectories of 1 / step length. */
    double[] stepDensity(double topTau, double bottomTau, int cells) {
        double[] density = new double[cells];
        double width = (topTau - bottomTau) / cells;
        for (Recorder recorder : sorted()) {
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

    /** Returns the mean slope near a level. Each measurement is limited to [0, 1]. */
    double slope(double level) {
        double sum = 0;
        double weights = 0;
        for (Recorder recorder : sorted()) {
            for (int i = 0; i < recorder.slopes; i++) {
                double weight = weight(recorder.slopeTau[i], level);
                sum += weight * Math.max(0, Math.min(1, recorder.slope[i]));
                weights += weight;
            }
        }
        // Far above all measurements the weights vanish, and the slope is 0.
        return weights < Double.MIN_NORMAL ? 0 : sum / weights;
    }

    private static double weight(double measured, double level) {
        double x = (measured - level) / WIDTH;
        return StrictMath.exp(-x * x / 2);
    }

    /** Returns the path of each trajectory. */
    List<RecordedPath> paths(Problem problem, boolean rough) {
        double bottom = StrictMath.log(problem.toSigma());
        return sorted().stream()
                .map(recorder -> recorder.path(bottom, problem.radius(), rough))
                .toList();
    }

    /**
     * Returns how errors of each trajectory grow, as functions of ln s: {@code |d| / |e|}, where e is the difference between a recorded state and the
     * path of the same trajectory, and d that between the values of D.
     *
     * @param paths the paths of the first trajectories of this solver
     */
    List<DoubleUnaryOperator> growth(List<RecordedPath> paths) {
        List<Recorder> all = sorted();
        return IntStream.range(0, Math.min(all.size(), paths.size()))
                .mapToObj(row -> all.get(row).growth(paths.get(row)))
                .toList();
    }

    /** A trajectory that is not solved. */
    private record Skipped(SolverState trajectory) implements Machine {
        @Override
        public void target(double sigma) {
            trajectory.reached(sigma);
        }

        @Override
        public boolean done() {
            return true;
        }

        @Override
        public int ask(Rows append) {
            // A machine that is done is not asked.
            return 0;
        }

        @Override
        public void tell(Rows asked, double[] answers, int firstRow) {}
    }

    private static final class Recorder implements Machine {
        private final Machine machine;
        private final long index;
        private final int dimension;
        private final double[] lastState;
        private final double[] lastAnswer;
        private double lastTau = Double.POSITIVE_INFINITY;
        private double[] tau = new double[64];
        private int asked;
        private long told;
        private final int stride;
        private final int components;
        /** The components of D and of the state at the levels. */
        private double[] values;

        private double[] states;

        private double[] slopeTau = new double[16];
        private double[] slope = new double[16];
        private int slopes;

        Recorder(Machine machine, SolverState trajectory) {
            this.machine = machine;
            this.index = trajectory.index();
            this.dimension = trajectory.z().length;
            this.stride = (dimension + MOST_COMPONENTS - 1) / MOST_COMPONENTS;
            this.components = (dimension + stride - 1) / stride;
            this.values = new double[tau.length * components];
            this.states = new double[tau.length * components];
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
            told++;
            double level = StrictMath.log(rows.sigma(firstRow));
            int at = firstRow * dimension;
            if (level == lastTau) {
                addSlope(
                        level,
                        SecantSlope.between(
                                rows.values(), at, lastState, 0, answers, at, lastAnswer, 0, dimension, Double.NaN));
            }
            int node = level == lastTau ? asked - 1 : addLevel(level);
            for (int i = 0; i < components; i++) {
                values[node * components + i] = answers[at + i * stride];
                states[node * components + i] = rows.values()[at + i * stride];
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
                states = Arrays.copyOf(states, 2 * asked * components);
            }
            tau[asked] = level;
            return asked++;
        }

        RecordedPath path(double bottom, double radius, boolean rough) {
            return new RecordedPath(
                    acceptedLevels(),
                    Arrays.copyOf(values, asked * components),
                    Arrays.copyOf(states, components),
                    bottom,
                    radius,
                    rough);
        }

        DoubleUnaryOperator growth(RecordedPath path) {
            double[] answer = new double[components];
            double[] state = new double[components];
            double[] squares = new double[asked];
            double[] answerSquares = new double[asked];
            for (int node = 1; node < asked; node++) {
                path.at(tau[node], answer, state);
                int at = node * components;
                squares[node] = Kernels.squaredDistance(states, at, state, 0, components);
                answerSquares[node] = Kernels.squaredDistance(values, at, answer, 0, components);
            }
            // Reading a table is faster than the mean over all nodes.
            double[] table = new double[CELLS + 1];
            for (int cell = 0; cell <= CELLS; cell++) {
                table[cell] = ratio(answerSquares, squares, tau[0] + (tau[asked - 1] - tau[0]) * cell / CELLS);
            }
            return level -> {
                double x = CELLS * Math.max(0, Math.min(1, (tau[0] - level) / (tau[0] - tau[asked - 1])));
                int cell = Math.min(CELLS - 1, (int) x);
                return table[cell] + (x - cell) * (table[cell + 1] - table[cell]);
            };
        }

        /** Returns the root of the ratio of two sums over the nodes near a level. */
        private double ratio(double[] above, double[] below, double level) {
            double sum = 0;
            double unit = 0;
            for (int node = 1; node < asked; node++) {
                double weight = weight(tau[node], level);
                sum += weight * above[node];
                unit += weight * below[node];
            }
            return unit < Double.MIN_NORMAL ? 0 : Math.min(MOST_GROWTH, Math.sqrt(sum / unit));
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
