package io.scoreflux.solve.parallel;

import io.scoreflux.error.Failure;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.LagrangeQuadrature;
import io.scoreflux.internal.collocation.NoiseCoordinate;
import io.scoreflux.internal.collocation.WindowNodes;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.List;

/**
 * The machine of parallel collocation. Windows converge in order from the upper end of the range. The state at the stop level is read from the
 * polynomial of its window, so that stage boundaries cost no call. Each window takes {@code 9 (maxDegree + 1) d} doubles.
 */
final class ParallelMachine implements Machine {
    // The constants were chosen on targets of several kinds; docs/parallel.md says on which.
    private static final int FIRST_DEGREE = 6;
    private static final int LEAST_SPLIT_DEGREE = 6;
    /**
     * The share of the tolerance that the expected change of the sweeps may have. A node whose change is at most the share {@link #STANDSTILL}
     * is not evaluated again.
     */
    private static final double SWEEP_SHARE = 0.03;

    private static final double STANDSTILL = 0.03;
    /** A state that moved by at most this share of the tolerance gives no slope. */
    private static final double LEAST_MOVE = 1e-3;
    /**
     * The largest change of the states of a converged window. It is relative to the radius. The first {@link #LEADERS} windows get the nodes that
     * the tolerance requires once their change is at most {@link #NEARLY_KNOWN}.
     */
    private static final double KNOWN = 0.01;

    private static final double NEARLY_KNOWN = 0.02;
    private static final int LEADERS = 2;
    /** The residual of other windows may be this share of the change that the sweep after the next one is expected to have. */
    private static final double FORESIGHT_SHARE = 0.3;
    /** A window that was refined more often than this is refined again only if its residual is not far below its change. */
    private static final int EARLY_REFINEMENTS = 1;

    private static final double FAR_BELOW = 0.01;
    /**
     * Windows are evaluated down to the noise level that is this share of the expected error of the states. D changes over distances of about
     * sigma, so that values of D at states much farther off are useless. Before the first round, the error is the radius.
     */
    private static final double REACH = 0.2;
    /** If D at the initial state is longer than this share of the radius, the mean of the data is not near 0. */
    private static final double FAR_MEAN = 0.5;
    /** The largest change of a state in one sweep, relative to the radius. */
    private static final double FARTHEST = 10;
    /** The residual and the next change of a window that no round has evaluated. */
    private static final double UNKNOWN = 1;
    /** A degree is raised until the residual is this share of the tolerance. */
    private static final double GOAL = 0.5;

    private static final double SLOWEST_DECAY = 0.9;
    /** The largest number of windows; more would resolve noise or jumps of the denoiser. */
    static final int MOST_WINDOWS = 96;
    /**
     * The number of rounds after which a window counts as converged although its change does not shrink, because the denoiser's noise is above
     * the tolerance.
     */
    private static final int MOST_ROUNDS = 24;

    /** The largest tolerance of the sweeps. Larger ones would save a tenth of the calls, but some trajectories would end in another mode. */
    private static final double LOOSEST = 1e-3;

    /** The factors of the error estimate; {@code docs/parallel.md} says on which targets they were chosen. */
    private static final double TRUNCATION_FACTOR = 3;

    private static final double CHANGE_FACTOR = 0.3;
    private static final double TOLERANCE_SHARE = 0.005;

    private final SolverState trajectory;
    private final Parallel settings;
    private final Problem problem;
    private final Mesh mesh;
    private final int dimension;
    private final double radius;
    private final double tolerance;
    private final double startSigma;
    private final double[] start;
    private final List<WindowState> windows = new ArrayList<>();
    private final List<WindowState> spare = new ArrayList<>();
    private final WindowSweep sweep;
    /** One for each trajectory, because a quadrature is not thread-safe, and windows are shared. */
    private final LagrangeQuadrature quadrature;

    private final double[] basis;
    private final double[] scratch;

    private boolean started;
    /** Windows before this one have converged. */
    private int front;
    /** Windows before this one have a path: the sweeps solve them. */
    private int entered;
    /** Windows from the front to this one are evaluated in the next round. */
    private int asking;

    /** The stop level. */
    private double target;
    /** The estimated error of the state at the front because J is not exact, in the data's units. */
    private double jacobianError;
    /** The sum of the next changes of the windows before the front, propagated likewise. */
    private double nextChange;
    /** The sum of the truncation residuals of the windows before the front, propagated likewise. */
    private double residuals;
    /** The estimated error from roughness of D, in the data's units. */
    private double roughError;
    /** Whether each window before the front met the tolerance; false if a limit ended the iteration of one. */
    private boolean met = true;

    /** Returns the memory of the arrays that grow with the dimension, for 1.5 times the initial number of windows. */
    static long bytes(int dimension, int parts, int maxDegree) {
        long windows = Math.min(MOST_WINDOWS, parts + (parts + 2) / 3);
        long window = WindowNodes.bytes(dimension, maxDegree)
                + SecantPairs.bytes(dimension, maxDegree)
                + 2L * Double.BYTES * dimension;
        return windows * window + 2L * Double.BYTES * dimension + WindowSweep.bytes(dimension, maxDegree);
    }

    ParallelMachine(SolverState trajectory, Problem problem, Parallel settings, Mesh mesh) {
        this.trajectory = trajectory;
        this.settings = settings;
        this.problem = problem;
        this.mesh = mesh;
        this.dimension = problem.dimension();
        this.radius = problem.radius();
        this.tolerance = Math.min(LOOSEST, settings.tolerance());
        this.startSigma = trajectory.sigma();
        this.start = trajectory.z().clone();
        this.target = startSigma;
        int m = settings.maxDegree();
        this.sweep = new WindowSweep(m, dimension);
        this.quadrature = new LagrangeQuadrature(new NoiseCoordinate(radius));
        this.basis = new double[m + 1];
        this.scratch = new double[dimension];
        begin();
    }

    @Override
    public void target(double sigma) {
        target = Math.max(sigma, problem.toSigma());
        reachTarget();
    }

    @Override
    public boolean done() {
        return trajectory.sigma() <= target;
    }

    @Override
    public int ask(Rows append) {
        int rows = 0;
        if (!started) {
            append.append(start, 0, startSigma);
            rows++;
        }
        for (int w = front; w < asking; w++) {
            rows += windows.get(w).ask(append);
        }
        return rows;
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        int row = firstRow;
        if (!started) {
            started = true;
            int at = row * dimension;
            row++;
            if (asking == 0 || Kernels.norm(answers, at, dimension) > FAR_MEAN * radius) {
                guess(answers, at);
                windows.get(0).top(start, answers, at);
                prepareRound();
                return;
            }
            windows.get(0).top(start, answers, at);
        }
        for (int w = front; w < asking; w++) {
            WindowState now = windows.get(w);
            row += now.tell(answers, row, LEAST_MOVE * tolerance * now.window.unit(radius));
        }
        sweep();
        if (trajectory.failure() != null) {
            return;
        }
        refine();
        settle();
        reachTarget();
        if (trajectory.failure() == null && front < windows.size()) {
            prepareRound();
        }
    }

    /**
     * Creates the windows. The first round evaluates D at the nodes of the upper ones, too, as if the mean of the data were 0. If D at the initial
     * state, which is close to the mean, is far from 0, the guess is repeated.
     */
    private void begin() {
        int degree = Math.min(settings.maxDegree(), FIRST_DEGREE);
        for (int part = 0; part < mesh.parts(); part++) {
            windows.add(fresh(mesh.window(0, part, degree)));
        }
        guess(new double[dimension], 0);
        enter();
        asking = 1 + rows() <= settings.maxCalls() ? entered : 0;
    }

    /** Guesses the path: that of a Gaussian of the data's radius around a mean, which is at index {@code at} of {@code mean}. */
    private void guess(double[] mean, int at) {
        double std = radius / Math.sqrt(dimension);
        for (WindowState now : windows) {
            now.open(now.window);
            now.guess(start, startSigma, mean, at, std);
        }
    }

    private WindowState fresh(Window window) {
        if (spare.isEmpty()) {
            return new WindowState(window, settings.maxDegree(), dimension, quadrature);
        }
        WindowState state = spare.remove(spare.size() - 1);
        state.open(window);
        return state;
    }

    /** Determines the windows of the next round: at least the first one that has not converged, at most as many as the look-ahead. */
    private void enter() {
        int most = (int) Math.min(windows.size(), (long) front + settings.lookAhead());
        double distance = radius;
        if (entered > front) {
            WindowState last = windows.get(entered - 1);
            distance = last.foresight() * last.window.unit(radius);
        } else if (front > 0) {
            distance = 0;
        }
        entered = Math.max(entered, front);
        while (entered < most && (entered == front || windows.get(entered).window.sigma[0] > REACH * distance)) {
            entered++;
        }
    }

    private void sweep() {
        for (int w = front; w < entered; w++) {
            WindowState now = windows.get(w);
            if (w > 0) {
                now.carry(windows.get(w - 1));
            }
            now.sweep(sweep, radius, FARTHEST);
            now.measure(radius, STANDSTILL * tolerance, scratch);
            if (!(now.change() < Double.POSITIVE_INFINITY) || !(now.residual < Double.POSITIVE_INFINITY)) {
                fail(Violation.of(
                        "the states",
                        "must stay finite",
                        "infinite or NaN",
                        "check the denoiser's scale against {radius} " + Violation.text(radius)));
                return;
            }
        }
    }

    /** Halves windows and raises degrees according to the decay of the coefficients of D. */
    private void refine() {
        for (int w = front; w < entered; w++) {
            WindowState now = windows.get(w);
            Window window = now.window;
            if (now.refined > EARLY_REFINEMENTS && now.residual < FAR_BELOW * now.change()) {
                continue;
            }
            double aim = w - front < LEADERS && now.change() <= NEARLY_KNOWN
                    ? tolerance
                    : Math.max(tolerance, FORESIGHT_SHARE * Math.min(1, now.foresight()));
            double orders =
                    StrictMath.log(GOAL * aim / now.residual) / StrictMath.log(Math.min(SLOWEST_DECAY, now.decay));
            // May be infinite if the residual is 0 or the decay is 1.
            double wanted = window.degree + Math.ceil(orders);
            if (now.residual > aim) {
                if (wanted <= settings.maxDegree()) {
                    change(w, (int) wanted);
                } else if (windows.size() < MOST_WINDOWS) {
                    split(w, aim);
                    trajectory.stepRejected();
                    w++;
                    entered++;
                }
            }
        }
    }

    private void change(int w, int degree) {
        WindowState old = windows.get(w);
        windows.set(w, fresh(mesh.window(old.window.depth, old.window.index, degree)));
        windows.get(w).interpolate(old, basis, scratch);
        spare.add(old);
    }

    private void split(int w, double aim) {
        WindowState old = windows.get(w);
        Window window = old.window;
        // At half the length, the coefficient of order k is smaller by a factor of 2^k.
        double orders =
                StrictMath.log(GOAL * aim / old.residual) / StrictMath.log(Math.min(SLOWEST_DECAY, old.decay) / 2);
        double wanted = Math.max(LEAST_SPLIT_DEGREE, window.degree + Math.ceil(orders));
        int degree = (int) Math.min(settings.maxDegree(), wanted);
        WindowState upper = fresh(mesh.window(window.depth + 1, 2 * window.index, degree));
        WindowState lower = fresh(mesh.window(window.depth + 1, 2 * window.index + 1, degree));
        upper.interpolate(old, basis, scratch);
        lower.interpolate(old, basis, scratch);
        windows.set(w, upper);
        windows.add(w + 1, lower);
        spare.add(old);
    }

    private void settle() {
        while (front < entered && isSettled(windows.get(front))) {
            accept(windows.get(front));
        }
        int before = entered;
        enter();
        for (int w = before; w < entered; w++) {
            windows.get(w).enter(windows.get(w - 1));
        }
    }

    private boolean isSettled(WindowState now) {
        if (!now.nodes.allKnown()) {
            return false;
        }
        boolean resolved = now.residual <= tolerance || windows.size() >= MOST_WINDOWS;
        boolean still =
                (now.change() <= KNOWN && now.expectedChange() <= SWEEP_SHARE * tolerance) || now.rounds >= MOST_ROUNDS;
        return resolved && still;
    }

    private void accept(WindowState now) {
        trajectory.stepAccepted(now.window.degree);
        trajectory.residual(now.residual / tolerance);
        // Errors shrink with sigma if the slope of D is below 1, and grow if it is above.
        double growth = StrictMath.exp(-now.window.length() * (1 - now.meanSteepest()));
        double unit = now.window.unit(radius);
        jacobianError = jacobianError * growth + now.jacobianError();
        nextChange = nextChange * growth + Math.min(UNKNOWN, now.expectedChange()) * unit;
        residuals = residuals * growth + Math.min(UNKNOWN, now.residual) * unit;
        roughError = StrictMath.hypot(roughError * Math.min(1, growth), now.rough);
        met &= now.nodes.allKnown() && now.residual <= tolerance && now.expectedChange() <= tolerance;
        front++;
    }

    private long rows() {
        long rows = 0;
        for (int w = front; w < entered; w++) {
            rows += windows.get(w).nodes.asks();
        }
        return rows;
    }

    /** Ensures that the next round has rows and stays within the limit on calls. */
    private void prepareRound() {
        asking = entered;
        long rows = rows();
        if (rows == 0) {
            // No node has moved, but the residual of the first window is too large: evaluate it again.
            windows.get(front).nodes.askAll();
            rows = rows();
        }
        if (trajectory.queries() + rows <= settings.maxCalls()) {
            return;
        }
        while (entered < windows.size() && entered < (long) front + settings.lookAhead()) {
            windows.get(entered).enter(windows.get(entered - 1));
            windows.get(entered).residual = UNKNOWN;
            entered++;
        }
        if (entered < windows.size()) {
            fail(Violation.of(
                    "maxCalls",
                    "must suffice to reach tolerance " + Violation.text(tolerance),
                    settings.maxCalls(),
                    "raise {maxCalls}",
                    "raise {tolerance}"));
            return;
        }
        // The whole path is known to some accuracy: emit it, with that accuracy in the certificate.
        while (front < windows.size()) {
            accept(windows.get(front));
        }
        reachTarget();
    }

    /** Moves the trajectory to the stop level if the converged windows reach it. */
    private void reachTarget() {
        if (done()) {
            return;
        }
        for (int w = 0; w < front; w++) {
            WindowState now = windows.get(w);
            int last = now.window.degree;
            if (now.window.sigma[last] <= target) {
                if (now.window.sigma[last] == target) {
                    now.endState(trajectory.z());
                } else {
                    now.stateAt(StrictMath.log(target), basis, trajectory.z());
                }
                trajectory.reached(target);
                if (target == problem.toSigma()) {
                    trajectory.estimate(problem, error(), settings.tolerance(), met);
                }
                return;
            }
        }
    }

    /**
     * Returns the estimated error of the end. The error of J is measured at few states and may be small by chance, so its geometric mean with the
     * next change is added. The residuals, which are upper bounds, are added if a window did not meet the tolerance.
     */
    private double error() {
        double smooth = TRUNCATION_FACTOR * truncation()
                + jacobianError
                + CHANGE_FACTOR * Math.sqrt(jacobianError * nextChange)
                + TOLERANCE_SHARE * tolerance * radius
                + (met ? 0 : residuals);
        return StrictMath.hypot(smooth, roughError);
    }

    /** Returns the error of the end because D is not a polynomial on each window. */
    private double truncation() {
        double[] errors = new double[(settings.maxDegree() + 1) * dimension];
        for (int w = 0; w < windows.size(); w++) {
            WindowState now = windows.get(w);
            now.propagate(sweep, errors);
            now.addTruncation(
                    w == 0 ? null : windows.get(w - 1), w == windows.size() - 1 ? null : windows.get(w + 1), errors);
        }
        return Kernels.norm(errors, 0, dimension);
    }

    private void fail(Violation why) {
        Window last = front == 0 ? null : windows.get(front - 1).window;
        double sigma = last == null ? startSigma : last.sigma[last.degree];
        trajectory.fail(Failure.at(Failure.Kind.NOT_CONVERGED, sigma, why, null));
    }
}
