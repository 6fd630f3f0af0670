package io.scoreflux.logconcave;

import io.scoreflux.error.Failure;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A machine that finds a {@link Mode} from gradients only. Without a term it takes Newton steps. Long ones are damped by
 * {@code 1 / (1 + decrement)}, which is safe for self-concordant f (Nesterov 2004, Introductory Lectures on Convex Optimization, section
 * 4.1.5), and then doubled while the slope along them shows that f still decreases. With a term it takes proximal gradient steps in a
 * diagonal metric above the Hessian, which is computed again from time to time; a point near the mode is enough. Not thread-safe.
 */
final class ModeSearch implements PreparedSolver, Machine {
    /** The place that failures of the search name. */
    public static final String PLACE = "search of the mode";

    private static final int MOST_HESSIANS = 60;
    /** After {@link #MOST_HESSIANS} Hessians, steps may be longer than Newton steps, which are too short if f is of high order around its mode. */
    private static final int MOST_LONG_STEPS = 60;

    private static final double LONGEST_STEP = 0x1p60;
    /** The ratio of Jacobian sizes that separates differences that do and do not resolve the second derivatives. */
    private static final double RESOLVED = 2;
    /** The largest number of times that a step is halved, or differences are refined, if f overflows. */
    private static final int MOST_RETREATS = 200;
    /** The number of steps in one metric. */
    private static final int MOST_PROXIMAL_STEPS = 30;

    /** The squared length of a Newton step, in deviations, below which the point is the mode. */
    private static final double NEAR = 1e-10;
    /** The same for a step of a proximal search. */
    private static final double NEAR_ENOUGH = 1e-3;
    /** The same if no more steps are made. Chains that start a third of a deviation from the mode are no worse. */
    private static final double AT_LAST = 0.1;
    /** The curvature that differences do not resolve, relative to the gradient over the distance to 0, or over 1. */
    private static final double LOST = 1e-9;
    /** The length, in deviations, below which a Newton step is not damped. */
    private static final double SHORT = 0.25;

    private enum Phase {
        HESSIAN,
        LINE,
        PROXIMAL,
        SCALE
    }

    private final int d;
    private final Oracle term;
    private final double asymmetryLimit;
    private final double[] x;
    private final DifferenceHessian hessian;
    private final double[] gradient;
    private final double[] direction;
    private final double[] trial;
    private final double[] metric;
    private @Nullable SolverState trajectory;
    private @Nullable Mode mode;
    private Phase phase = Phase.HESSIAN;
    private int hessians;
    private int proximalSteps;
    private double slope;
    private double length;
    private boolean doubled;
    private boolean settled;
    private long gradients;
    private final double[] last;
    private int retreats;
    private @Nullable ScaleSearch scale;
    /** The size of a Jacobian that finer differences must confirm, or 0. */
    private double coarseSize;

    /**
     * Creates a search.
     *
     * @param start the first point, where the term is finite; copied
     * @param asymmetryLimit the asymmetry of the gradient's Jacobian above which the search fails
     */
    public ModeSearch(double[] start, ConvexTerm term, double asymmetryLimit) {
        this.d = start.length;
        this.term = (Oracle) term;
        this.asymmetryLimit = asymmetryLimit;
        this.x = start.clone();
        this.hessian = new DifferenceHessian(x);
        this.gradient = new double[d];
        this.direction = new double[d];
        this.trial = new double[d];
        this.metric = new double[d];
        this.last = new double[d];
    }

    /** Returns the mode, once {@link #done}. */
    public Mode mode() {
        return Objects.requireNonNull(mode);
    }

    @Override
    public Machine start(SolverState next) {
        trajectory = next;
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
        return mode != null;
    }

    @Override
    public int ask(Rows append) {
        int rows = 1;
        switch (phase) {
            case HESSIAN -> rows = hessian.ask(x, append);
            case LINE -> {
                for (int i = 0; i < d; i++) {
                    trial[i] = x[i] + length * direction[i];
                }
                append.append(trial, 0, 1);
            }
            case PROXIMAL -> append.append(x, 0, 1);
            case SCALE -> rows = Objects.requireNonNull(scale).ask(append);
        }
        gradients += rows;
        return rows;
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        int at = asked.offset(firstRow);
        switch (phase) {
            case HESSIAN -> curved(answers, at);
            case LINE -> seen(Kernels.dot(answers, at, direction, 0, d));
            case PROXIMAL -> {
                System.arraycopy(answers, at, gradient, 0, d);
                proximalStep();
            }
            case SCALE -> scaled(answers, at);
        }
    }

    /** Moves back from a point where f overflows. */
    @Override
    public boolean tellNonFinite(Rows asked, double[] answers, int firstRow) {
        int at = asked.offset(firstRow);
        switch (phase) {
            case HESSIAN -> {
                if (!Kernels.allFinite(answers, at, d)) {
                    fail(
                            Failure.Kind.NON_FINITE_ANSWER,
                            InfiniteGradient.of(x, answers, at, d, " at the initial state"));
                } else if (++retreats > MOST_RETREATS) {
                    fail(
                            Failure.Kind.NON_FINITE_ANSWER,
                            InfiniteGradient.of(x, answers, at, (1 + 2 * d) * d, " close to"));
                } else {
                    hessian.refine(x);
                }
            }
            case LINE -> {
                if (++retreats > MOST_RETREATS) {
                    fail(
                            Failure.Kind.NON_FINITE_ANSWER,
                            InfiniteGradient.of(trial, answers, at, d, " during the search at"));
                } else {
                    seen(Double.POSITIVE_INFINITY);
                }
            }
            case PROXIMAL -> {
                if (++retreats > MOST_RETREATS) {
                    fail(
                            Failure.Kind.NON_FINITE_ANSWER,
                            InfiniteGradient.of(x, answers, at, d, " during the search at"));
                } else {
                    for (int i = 0; i < d; i++) {
                        x[i] = 0.5 * (x[i] + last[i]);
                    }
                }
            }
            case SCALE -> scaled(answers, at);
        }
        return true;
    }

    private void scaled(double[] answers, int at) {
        ScaleSearch search = Objects.requireNonNull(scale);
        search.tell(answers, at);
        Violation failure = search.failure();
        if (failure != null) {
            fail(failure);
        } else if (search.isDone()) {
            System.arraycopy(x, 0, Objects.requireNonNull(trajectory).z(), 0, d);
            mode = search.isConfirmed()
                    ? new Mode(x, hessian.entries(), gradients)
                    : new Mode(x, hessian.entries(), search.scale(), gradients);
        }
    }

    private void curved(double[] answers, int at) {
        System.arraycopy(answers, at, gradient, 0, d);
        if (!hessian.tell(x, answers, at)) {
            descend();
            return;
        }
        double size = hessian.size();
        double asymmetry = hessian.asymmetry();
        SymmetricMatrix.Eigen eigen =
                SymmetricMatrix.of("the Hessian", hessian.entries()).eigen();
        boolean concave = eigen.least() < -1e-3 * Math.max(eigen.largest(), 0) || eigen.largest() < 0;
        boolean wrong = asymmetry > asymmetryLimit || concave;
        if (wrong && d > 1 && coarseSize == 0) {
            // Around its zero, differences of a gradient of third or higher order are not symmetric either.
            coarseSize = size;
            hessian.refine();
            return;
        }
        boolean resolved = coarseSize == 0 || (size * RESOLVED > coarseSize && coarseSize * RESOLVED > size);
        coarseSize = 0;
        if (resolved && asymmetry > asymmetryLimit) {
            fail(Asymmetry.of(asymmetry, asymmetryLimit));
            return;
        }
        if (resolved && concave) {
            fail(Violation.of(
                    "the function f",
                    "must be convex, as the density is not log-concave otherwise",
                    "one with Hessian eigenvalues from " + Violation.text(eigen.least()) + " to "
                            + Violation.text(eigen.largest()),
                    "check the {gradient}"));
            return;
        }
        hessians++;
        if (settled) {
            finish(eigen);
        } else if (term.isNormal()) {
            newton(eigen);
        } else {
            startProximal();
        }
    }

    /** Steps downhill if the curvature overflows. Each coordinate moves by at most its absolute value, or by 1 if that is larger. */
    private void descend() {
        if (!term.isNormal() || ++hessians >= MOST_HESSIANS) {
            fail(InfiniteGradient.of("the curvature", "infinite or NaN around", x));
            return;
        }
        double steepest = 0;
        for (double entry : gradient) {
            steepest = Math.max(steepest, Math.abs(entry));
        }
        for (int i = 0; i < d; i++) {
            direction[i] = -gradient[i] / steepest * Math.max(1, Math.abs(x[i]));
        }
        hessian.clear();
        slope = Kernels.dot(gradient, 0, direction, 0, d);
        length = 1;
        doubled = false;
        phase = Phase.LINE;
    }

    private void newton(SymmetricMatrix.Eigen eigen) {
        // If rounding hides the curvature, f still decreases in this direction, and the line search sets the length.
        double floor = 1e-10 * eigen.largest();
        for (int i = 0; i < d; i++) {
            floor = Math.max(floor, LOST * Math.abs(gradient[i]) / Math.max(1, Math.abs(x[i])));
        }
        Arrays.fill(direction, 0);
        for (int k = 0; k < d; k++) {
            double along = Kernels.dot(eigen.vectors(), k * d, gradient, 0, d);
            if (along != 0) {
                Kernels.addScaled(direction, 0, -along / Math.max(eigen.values()[k], floor), eigen.vectors(), k * d, d);
            }
        }
        slope = Kernels.dot(gradient, 0, direction, 0, d);
        double decrement = -slope;
        if (!(decrement < Double.POSITIVE_INFINITY)) {
            fail(Violation.of(
                    "the function f",
                    "must have curvature, as it has no mode otherwise",
                    "flat around " + Arrays.toString(x),
                    "check the {gradient}"));
        } else if (decrement <= NEAR || hessians >= MOST_HESSIANS + MOST_LONG_STEPS) {
            if (decrement > AT_LAST) {
                fail(Violation.of(
                        "the mode",
                        "must be found in " + (MOST_HESSIANS + MOST_LONG_STEPS) + " Newton steps",
                        Violation.text(Math.sqrt(decrement)) + " deviations away after the last step",
                        "choose an {initialState} nearer to the mode",
                        "scale the {coordinates}"));
            } else {
                finish(eigen);
            }
        } else {
            double lambda = Math.sqrt(decrement);
            doubled = false;
            if (lambda < SHORT && hessians < MOST_HESSIANS) {
                length = 1;
                step();
            } else {
                length = careful(1 / (1 + lambda));
                phase = Phase.LINE;
            }
        }
    }

    /**
     * Returns a length with which no axis moves farther than its distance from 0, or 1. If rounding hides the curvature, a Newton step may
     * lead to where f overflows.
     */
    private double careful(double wanted) {
        double careful = wanted;
        for (int i = 0; i < d; i++) {
            careful = Math.min(careful, Math.max(1, Math.abs(x[i])) / Math.abs(direction[i]));
        }
        return careful;
    }

    /** Doubles the step while f decreases along it, or halves it until f is not much steeper at its end than it was at its start. */
    private void seen(double slopeThere) {
        if (slopeThere > -0.9 * slope) {
            length *= 0.5;
            if (doubled) {
                step();
            } else if (length < 1e-300) {
                fail(Violation.of(
                        "the gradient",
                        "must be that of a function that decreases in the Newton direction, as a convex function does",
                        "that of a function that increases for any step length",
                        "check the {gradient}"));
            }
        } else if (slopeThere < (hessians < MOST_HESSIANS ? 0.1 * slope : 0) && length < longest()) {
            length = Math.min(longest(), 2 * length);
            doubled = true;
        } else {
            step();
        }
    }

    private double longest() {
        return hessians < MOST_HESSIANS ? 1 : LONGEST_STEP;
    }

    private void step() {
        for (int i = 0; i < d; i++) {
            x[i] += length * direction[i];
        }
        askHessian();
    }

    private void askHessian() {
        hessian.moveTo(x);
        phase = Phase.HESSIAN;
    }

    /** Sets the metric to the sums of the absolute entries of each row: a diagonal matrix above the Hessian. */
    private void startProximal() {
        double largest = 0;
        for (int i = 0; i < d; i++) {
            metric[i] = term.precision(i);
            for (int j = 0; j < d; j++) {
                metric[i] += Math.abs(hessian.entries()[i][j]);
            }
            largest = Math.max(largest, metric[i]);
        }
        for (int i = 0; i < d; i++) {
            metric[i] = largest == 0 ? 1 : Math.max(metric[i], 1e-10 * largest);
        }
        proximalSteps = 0;
        phase = Phase.PROXIMAL;
        proximalStep();
    }

    private void proximalStep() {
        for (int i = 0; i < d; i++) {
            trial[i] = x[i] - gradient[i] / metric[i];
        }
        term.proximal(trial, metric);
        double moved = 0;
        System.arraycopy(x, 0, last, 0, d);
        for (int i = 0; i < d; i++) {
            moved += metric[i] * (trial[i] - x[i]) * (trial[i] - x[i]);
            x[i] = trial[i];
        }
        proximalSteps++;
        if (moved < NEAR_ENOUGH || hessians >= MOST_HESSIANS) {
            settled = true;
            askHessian();
        } else if (proximalSteps == MOST_PROXIMAL_STEPS) {
            askHessian();
        }
    }

    private void finish(SymmetricMatrix.Eigen eigen) {
        scale = new ScaleSearch(x, term, Geometry.isSeparable((ConvexTerm) term), hessian.entries(), eigen);
        phase = Phase.SCALE;
    }

    private void fail(Violation violation) {
        fail(Failure.Kind.NOT_CONVERGED, violation);
    }

    private void fail(Failure.Kind kind, Violation violation) {
        Objects.requireNonNull(trajectory).fail(new Failure(kind, Double.NaN, PLACE, violation, null));
    }
}
