package io.scoreflux.logconcave;

import io.scoreflux.internal.Kernels;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.jspecify.annotations.Nullable;

/**
 * A machine that runs a fixed number of chains to determine the parameters of Hamiltonian moves. All chains of a sampler use the result, so
 * that their draws do not depend on the number of chains. The result is a function of the target, the seed and the settings. Not
 * thread-safe.
 */
final class MovePilot implements PreparedSolver, Machine {
    /** The place that failures of the pilot name. */
    static final String PLACE = "pilot";

    private static final int CHAINS = 16;
    /** The numbers of steps of the windows. In the last, the metric is constant. */
    private static final int[] WINDOWS = {24, 40, 60, 40};
    /** The number of steps of a window whose draws do not count. */
    private static final int UNCOUNTED = 8;
    /** The largest dimension for which the covariance is estimated if the coordinates are diagonal. */
    private static final int LARGEST_FULL = 500;

    private final int d;
    private final MoveTuner tuner;
    private final Chain[] chains = new Chain[CHAINS];
    private final SolverRun[] runs = new SolverRun[CHAINS];
    private final int[] first = new int[CHAINS];
    private final int[] rows = new int[CHAINS];
    private int part;
    private long gradients;
    private boolean finished;
    private @Nullable Moves moves;

    MovePilot(Geometry geometry, long seed) {
        this.d = geometry.dimension();
        this.tuner = new MoveTuner(metric(geometry), geometry.oracle, CHAINS, geometry.settings.safety());
        int steps = 0;
        for (int window : WINDOWS) {
            steps += window;
        }
        // Proximal steps adapt in three quarters of burn-in, so that they are adapted in the last window.
        Geometry own = geometry.with(geometry.settings.withBurnIn(steps).withThinning(1));
        for (int c = 0; c < CHAINS; c++) {
            chains[c] = Chain.pilot(own, seed, c, tuner);
        }
    }

    /**
     * Returns whether the region has few enough walls. Each wall needs a row, and each arc a number of operations that is proportional to the
     * number of walls; a trajectory has about an arc for each wall.
     */
    static boolean isFor(Geometry geometry) {
        long d = geometry.dimension();
        return geometry.oracle.planes() * d <= Math.max(d, LARGEST_FULL * LARGEST_FULL);
    }

    /** Returns the first metric: the inverse of the Hessian at the mode with the contribution of the term, or the identity. */
    private static Metric metric(Geometry geometry) {
        int d = geometry.dimension();
        boolean full = geometry.coordinates.scale() == null || d <= LARGEST_FULL;
        Mode mode = geometry.mode();
        double[] scale = geometry.coordinates.scale();
        if (full && mode != null && scale != null && !geometry.isScaleFound()) {
            double[][] hessian = mode.hessian();
            DMatrixRMaj precision = new DMatrixRMaj(d, d);
            for (int i = 0; i < d; i++) {
                for (int j = 0; j < d; j++) {
                    precision.set(i, j, scale[i] * hessian[i][j] * scale[j]);
                }
                precision.add(i, i, geometry.oracle.precision(i));
            }
            DMatrixRMaj covariance = new DMatrixRMaj(d, d);
            if (CommonOps_DDRM.invert(precision, covariance)) {
                double[] factor = MoveTuner.cholesky(covariance.data, d);
                if (factor != null) {
                    return new Metric(new double[d], factor);
                }
            }
        }
        return Metric.identity(d, full);
    }

    /** Returns the parameters of moves, or null if moves do not pay off. */
    @Nullable
    Moves moves() {
        return moves;
    }

    /** Returns the number of evaluations of the gradient. */
    long gradients() {
        return gradients;
    }

    @Override
    public Machine start(SolverState next) {
        beginPart(UNCOUNTED);
        return this;
    }

    @Override
    public double[] stopLevels() {
        return new double[0];
    }

    @Override
    public void target(double sigma) {}

    @Override
    public boolean done() {
        return finished;
    }

    private void beginPart(int steps) {
        for (int c = 0; c < CHAINS; c++) {
            SolverRun before = runs[c];
            if (before == null || before.failure() == null) {
                runs[c] = new SolverRun(c, new double[d], 1, (out, at, n) -> {}, chains[c].steps(steps));
            }
        }
    }

    @Override
    public int ask(Rows append) {
        int sum = 0;
        for (int c = 0; c < CHAINS; c++) {
            first[c] = sum;
            rows[c] = runs[c].done() ? 0 : runs[c].ask(append);
            sum += rows[c];
        }
        gradients += sum;
        return sum;
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        boolean running = false;
        for (int c = 0; c < CHAINS; c++) {
            if (rows[c] > 0) {
                int row = firstRow + first[c];
                if (Kernels.allFinite(answers, asked.offset(row), rows[c] * d)) {
                    runs[c].tell(asked, answers, row);
                } else {
                    runs[c].tellNonFinite(asked, answers, row);
                }
            }
            running |= !runs[c].done();
        }
        while (!running && !finished) {
            running = endPart();
        }
    }

    @Override
    public boolean tellNonFinite(Rows asked, double[] answers, int firstRow) {
        tell(asked, answers, firstRow);
        return true;
    }

    /** Begins the next part of a window, or the next window. Returns whether a chain runs. */
    private boolean endPart() {
        part++;
        int window = part / 2;
        int failed = 0;
        for (SolverRun run : runs) {
            failed += run.failure() == null ? 0 : 1;
        }
        if (window == WINDOWS.length || 2 * failed > CHAINS || (part % 2 == 0 && tuner.isBeyondMoves())) {
            finished = true;
            // If chains fail, those of the sampler will fail too, and say why.
            moves = window == WINDOWS.length && failed == 0 && tuner.paysOff() ? tuner.finish() : null;
            return false;
        }
        if (part % 2 == 1) {
            tuner.forget();
            beginPart(WINDOWS[window] - UNCOUNTED);
        } else {
            tuner.endWindow();
            beginPart(UNCOUNTED);
        }
        return true;
    }
}
