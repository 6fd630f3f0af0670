package io.scoreflux.solve.parallel;

import io.scoreflux.error.Violation;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SecantNewtonSweep;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Failure;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.List;

/**
 * Parallel collocation of one trajectory. Windows settle in order from the top; the state at a level aimed at is read from its
 * window's polynomial, so that stage boundaries cost nothing. Each window holds {@code 3 (maxDegree + 1) d} doubles.
 */
final class ParallelMachine implements Machine {
    // The constants were measured on four mixtures; within a factor of two rounds and calls change by a few per cent.
    private static final int FIRST_DEGREE = 8;
    private static final int LEAST_SPLIT_DEGREE = 6;
    /** The share of the tolerance left to the sweeps, and the movement at which a node is no longer asked. */
    private static final double SWEEP_SHARE = 0.3;

    private static final double STANDSTILL = 0.1;
    /** A movement of this share of the tolerance tells nothing of a slope. */
    private static final double LEAST_MOVE = 1e-3;
    /** Windows change their nodes when the path is known to this share of the radius: what it shows before is not the path's. */
    private static final double KNOWN = 0.01;
    /** A window's nodes change once early; again only when its residual is more than its change. */
    private static final int EARLY_REFINEMENTS = 1;
    /** A residual is brought to this share of the tolerance, and lowers the degree where it is less than that one. */
    private static final double GOAL = 0.5;

    private static final double LAVISH = 0.02;
    private static final double SLOWEST_DECAY = 0.9;
    /** More windows than this resolve noise or jumps of the denoiser. */
    static final int MOST_WINDOWS = 96;
    /** A window that was asked this often is not going to come to rest: the denoiser's noise is above the tolerance. */
    private static final int MOST_ROUNDS = 24;

    /** Looser sweeps would save a tenth of the calls, and end in another mode now and then. */
    private static final double LOOSEST = 1e-3;

    /** Of a window's residual this share comes to the end. */
    private static final double LIKELY_SHARE = 0.1;

    private final Trajectory trajectory;
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
    private final SecantNewtonSweep newton;
    private final double[] basis;
    private final double[] scratch;

    private boolean started;
    /** Windows before this one have settled. */
    private int front;
    /** Windows before this one are asked. */
    private int entered;

    private double target;
    /** Estimated error of the state at the front, in the data's units. */
    private double error;
    /** Whether each window before the front met the tolerance; false if a cap ended one. */
    private boolean met = true;

    /** Memory of the arrays that grow with the dimension, for 1.5 times the initial number of windows. */
    static long bytes(int dimension, int parts, int maxDegree) {
        long windows = Math.min(MOST_WINDOWS, parts + (parts + 1) / 2);
        return Double.BYTES * (3 * windows * (maxDegree + 1) + 2) * dimension
                + SecantNewtonSweep.bytes(dimension, maxDegree);
    }

    ParallelMachine(Trajectory trajectory, Problem problem, Parallel settings, Mesh mesh) {
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
        this.newton = new SecantNewtonSweep(m, dimension);
        this.basis = new double[m + 1];
        this.scratch = new double[dimension];
    }

    @Override
    public void aim(double sigma) {
        target = Math.max(sigma, problem.toSigma());
        land();
    }

    @Override
    public boolean done() {
        return trajectory.sigma() <= target;
    }

    @Override
    public int ask(Rows append) {
        if (!started) {
            append.append(start, 0, startSigma);
            return 1;
        }
        int rows = 0;
        for (int w = front; w < entered; w++) {
            rows += windows.get(w).ask(append);
        }
        return rows;
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        if (!started) {
            begin(answers, firstRow * dimension);
            return;
        }
        int row = firstRow;
        for (int w = front; w < entered; w++) {
            WindowState now = windows.get(w);
            row += now.tell(answers, row, LEAST_MOVE * tolerance * unit(now));
        }
        sweep();
        if (trajectory.failure() != null) {
            return;
        }
        refine();
        settle();
        land();
        if (trajectory.failure() == null && front < windows.size()) {
            prepareRound();
        }
    }

    /** The unit of errors at a window's end: those made at large sigma shrink with it. */
    private double unit(WindowState now) {
        return StrictMath.hypot(radius, now.window.sigma[now.window.degree]);
    }

    /** The first guess is the path of a Gaussian of the data's radius around D at the start, with D as it is there. */
    private void begin(double[] answers, int at) {
        started = true;
        int degree = Math.min(settings.maxDegree(), FIRST_DEGREE);
        double variance = radius * radius / dimension;
        double width = StrictMath.hypot(Math.sqrt(variance), startSigma);
        for (int part = 0; part < mesh.parts(); part++) {
            WindowState w = fresh(mesh.window(0, part, degree));
            for (int k = 0; k <= degree; k++) {
                double factor = StrictMath.hypot(Math.sqrt(variance), w.window.sigma[k]) / width;
                int row = k * dimension;
                for (int i = 0; i < dimension; i++) {
                    w.states[row + i] = answers[at + i] + factor * (start[i] - answers[at + i]);
                    w.asked[row + i] = w.states[row + i];
                    w.answers[row + i] = answers[at + i];
                }
            }
            w.askAll();
            windows.add(w);
        }
        WindowState first = windows.get(0);
        System.arraycopy(start, 0, first.states, 0, dimension);
        System.arraycopy(start, 0, first.asked, 0, dimension);
        enter();
    }

    private WindowState fresh(Window window) {
        if (spare.isEmpty()) {
            return new WindowState(window, settings.maxDegree(), dimension);
        }
        WindowState state = spare.remove(spare.size() - 1);
        state.open(window);
        return state;
    }

    private void enter() {
        entered = (int) Math.min(windows.size(), (long) front + settings.lookAhead());
    }

    private void sweep() {
        for (int w = front; w < entered; w++) {
            WindowState now = windows.get(w);
            if (w > 0) {
                now.carry(windows.get(w - 1));
            }
            now.sweep(newton);
            now.measure(radius, STANDSTILL * tolerance, scratch);
            if (!(now.change < Double.POSITIVE_INFINITY) || !(now.residual < Double.POSITIVE_INFINITY)) {
                fail(Violation.of(
                        "the states",
                        "must stay finite",
                        "infinite or NaN",
                        "check the denoiser's scale against {radius} " + Violation.text(radius)));
                return;
            }
        }
    }

    /** Splits windows and changes degrees where the decay of D's coefficients asks for it. */
    private void refine() {
        for (int w = front; w < entered; w++) {
            WindowState now = windows.get(w);
            Window window = now.window;
            if (now.change > KNOWN || (now.refined > EARLY_REFINEMENTS && now.change > now.residual)) {
                continue;
            }
            double orders = StrictMath.log(GOAL * tolerance / now.residual)
                    / StrictMath.log(Math.min(SLOWEST_DECAY, now.decay));
            // May be infinite: a residual of 0, or a decay of 1.
            double wanted = Math.max(Parallel.LEAST_DEGREE, window.degree + Math.ceil(orders));
            if (now.residual > tolerance) {
                if (wanted <= settings.maxDegree()) {
                    change(w, (int) wanted);
                } else if (windows.size() < MOST_WINDOWS) {
                    split(w);
                    trajectory.reject();
                    w++;
                    entered++;
                }
            } else if (now.refined == 0
                    && now.residual < LAVISH * tolerance
                    && now.change > tolerance
                    && wanted < window.degree) {
                change(w, (int) wanted);
            }
        }
    }

    private void change(int w, int degree) {
        WindowState old = windows.get(w);
        windows.set(w, fresh(mesh.window(old.window.depth, old.window.index, degree)));
        windows.get(w).interpolate(old, basis, scratch);
        spare.add(old);
    }

    private void split(int w) {
        WindowState old = windows.get(w);
        Window window = old.window;
        // Half the length takes a factor of two from each order's coefficient, once for each order.
        double orders = StrictMath.log(GOAL * tolerance / old.residual)
                / StrictMath.log(Math.min(SLOWEST_DECAY, old.decay) / 2);
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
        if (!now.isKnown()) {
            return false;
        }
        boolean resolved = now.residual <= tolerance || windows.size() >= MOST_WINDOWS;
        boolean still =
                (now.change <= KNOWN && now.expectedChange() <= SWEEP_SHARE * tolerance) || now.rounds >= MOST_ROUNDS;
        return resolved && still;
    }

    private void accept(WindowState now) {
        trajectory.interval(now.window.degree);
        trajectory.residual(now.residual / tolerance);
        // Errors shrink with sigma where D does not follow the state, and grow where it follows it more than 1 to 1.
        double growth = StrictMath.exp(-now.window.length() * (1 - now.meanSlope()));
        error = error * growth + (LIKELY_SHARE * now.residual + now.expectedChange()) * unit(now);
        met &= now.isKnown() && now.residual <= tolerance && now.expectedChange() <= tolerance;
        front++;
    }

    /** Makes sure that the next round asks something and stays below the cap. */
    private void prepareRound() {
        long rows = 0;
        for (int w = front; w < entered; w++) {
            rows += windows.get(w).asks();
        }
        if (rows == 0) {
            // All nodes stand still, but the front's residual is too large: look again.
            windows.get(front).askAll();
            rows = windows.get(front).asks();
        }
        if (trajectory.queries() + rows <= settings.maxCalls()) {
            return;
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
        // The whole path is there, as far as it is known: deliver it, and say how far.
        while (front < windows.size()) {
            accept(windows.get(front));
        }
        land();
    }

    /** If the settled windows reach the level aimed at, puts the trajectory there. */
    private void land() {
        if (done()) {
            return;
        }
        for (int w = 0; w < front; w++) {
            WindowState now = windows.get(w);
            int last = now.window.degree;
            if (now.window.sigma[last] <= target) {
                if (now.window.sigma[last] == target) {
                    System.arraycopy(now.states, last * dimension, trajectory.z(), 0, dimension);
                } else {
                    now.stateAt(StrictMath.log(target), basis, trajectory.z());
                }
                trajectory.land(target);
                if (target == problem.toSigma()) {
                    trajectory.estimate(problem, error, settings.tolerance(), met);
                }
                return;
            }
        }
    }

    private void fail(Violation why) {
        Window last = front == 0 ? null : windows.get(front - 1).window;
        double sigma = last == null ? startSigma : last.sigma[last.degree];
        trajectory.fail(Failure.at(Failure.Kind.NOT_CONVERGED, sigma, why, null));
    }
}
