package io.scoreflux.logconcave;

import io.scoreflux.error.Violation;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Failure;
import io.scoreflux.state.Kernels;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds a {@link Mode} from gradients alone, as a machine that asks and is told. Without a term: Newton's steps, damped by
 * 1 / (1 + decrement) where they are long, which is safe for self-concordant f (Nesterov 2004, Introductory Lectures on Convex
 * Optimization, section 4.1.5), then doubled while the slope along them says that f still falls. With a term: proximal gradient steps in
 * a diagonal metric above the Hessian, which is taken anew from time to time; near the mode is near enough. Not thread-safe.
 */
public final class ModeSearch implements PreparedSolver, Machine {
    /** The place of its failures. */
    public static final String PLACE = "search of the mode";

    private static final int MOST_HESSIANS = 60;
    /** After {@link #MOST_HESSIANS}, steps may be longer than Newton's, which are too short if f is of high order around its mode. */
    private static final int MOST_LONG_STEPS = 60;

    private static final double LONGEST_STEP = 0x1p60;
    /** The factor by which finite differences are refined. */
    private static final double FINER = 0.125;
    /** The ratio of Jacobian sizes that separates differences that do and do not resolve the second derivatives. */
    private static final double RESOLVED = 2;
    /** How often a step is halved if f overflows at its end. */
    private static final int MOST_RETREATS = 200;
    /** Steps in one metric. */
    private static final int MOST_PROXIMAL_STEPS = 30;

    private static final double FIRST_DIFFERENCE = StrictMath.cbrt(0x1.0p-52);
    /** Of a deviation, once that is known: the third derivatives' error is then 1e-6 of the Hessian's change over a deviation. */
    private static final double DIFFERENCE = 1e-3;
    /** The squared length of Newton's step, in deviations, below which the point is the mode. */
    private static final double NEAR = 1e-10;
    /** The same where rounding in the gradients allows no better, or for a proximal search. */
    private static final double NEAR_ENOUGH = 1e-3;
    /** The tolerance when no more steps are made: chains that start a third of a deviation from the mode are no worse. */
    private static final double AT_LAST = 0.1;
    /** Of a gradient's change over the distance to 0, or 1: what differences cannot tell from none. */
    private static final double LOST = 1e-9;
    /** A step so short is Newton's own. */
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
    private final double[] differences;
    private final double[] gradient;
    private final double[] direction;
    private final double[] trial;
    private final double[] metric;
    private @Nullable Trajectory trajectory;
    private @Nullable Mode mode;
    private double[][] hessian = new double[0][];
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
    /** The size of the last asymmetric Jacobian, or 0. */
    private double coarseSize;

    /**
     * A search.
     *
     * @param start where it begins, where the term is finite; copied
     * @param asymmetryLimit the asymmetry of the gradient's Jacobian at which it fails
     */
    public ModeSearch(double[] start, ConvexTerm term, double asymmetryLimit) {
        this.d = start.length;
        this.term = (Oracle) term;
        this.asymmetryLimit = asymmetryLimit;
        this.x = start.clone();
        this.differences = new double[d];
        for (int i = 0; i < d; i++) {
            differences[i] = FIRST_DIFFERENCE * Math.max(1, Math.abs(x[i]));
        }
        this.gradient = new double[d];
        this.direction = new double[d];
        this.trial = new double[d];
        this.metric = new double[d];
        this.last = new double[d];
    }

    /** What was found; once done. */
    public Mode mode() {
        return Objects.requireNonNull(mode);
    }

    @Override
    public Machine start(Trajectory next) {
        trajectory = next;
        return this;
    }

    @Override
    public double[] landings() {
        return new double[0];
    }

    @Override
    public void aim(double sigma) {}

    @Override
    public boolean done() {
        return mode != null;
    }

    @Override
    public int ask(Rows append) {
        int rows = 1;
        switch (phase) {
            case HESSIAN -> {
                append.append(x, 0, 1);
                for (int i = 0; i < d; i++) {
                    for (int sign = -1; sign <= 1; sign += 2) {
                        System.arraycopy(x, 0, trial, 0, d);
                        trial[i] += sign * differences[i];
                        append.append(trial, 0, 1);
                    }
                }
                rows += 2 * d;
            }
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
                    fail(Failure.Kind.NON_FINITE_ANSWER, Overflow.of(x, answers, at, d, " at its start"));
                } else if (++retreats > MOST_RETREATS) {
                    fail(Failure.Kind.NON_FINITE_ANSWER, Overflow.of(x, answers, at, (1 + 2 * d) * d, " close to"));
                } else {
                    for (int i = 0; i < d; i++) {
                        differences[i] = Math.max(Math.ulp(x[i]), FINER * differences[i]);
                    }
                }
            }
            case LINE -> {
                if (++retreats > MOST_RETREATS) {
                    fail(Failure.Kind.NON_FINITE_ANSWER, Overflow.of(trial, answers, at, d, " on its way at"));
                } else {
                    seen(Double.POSITIVE_INFINITY);
                }
            }
            case PROXIMAL -> {
                if (++retreats > MOST_RETREATS) {
                    fail(Failure.Kind.NON_FINITE_ANSWER, Overflow.of(x, answers, at, d, " on its way at"));
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
                    ? new Mode(x, hessian, gradients)
                    : new Mode(x, hessian, search.scale(), gradients);
        }
    }

    private void curved(double[] answers, int at) {
        System.arraycopy(answers, at, gradient, 0, d);
        double[][] jacobian = new double[d][d];
        for (int j = 0; j < d; j++) {
            int below = at + (1 + 2 * j) * d;
            // The difference that was made, after rounding.
            double width = x[j] + differences[j] - (x[j] - differences[j]);
            for (int i = 0; i < d; i++) {
                jacobian[i][j] = (answers[below + d + i] - answers[below + i]) / width;
            }
        }
        double symmetric = 0;
        double antisymmetric = 0;
        hessian = new double[d][d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                hessian[i][j] = 0.5 * (jacobian[i][j] + jacobian[j][i]);
                symmetric += hessian[i][j] * hessian[i][j];
                double half = 0.5 * (jacobian[i][j] - jacobian[j][i]);
                antisymmetric += half * half;
            }
        }
        double asymmetry = antisymmetric == 0 ? 0 : Math.sqrt(antisymmetric / (symmetric + antisymmetric));
        double size = Math.sqrt(symmetric + antisymmetric);
        if (!isFinite(hessian)) {
            descend();
            return;
        }
        SymmetricMatrix.Eigen eigen = SymmetricMatrix.of("the Hessian", hessian).eigen();
        boolean concave = eigen.least() < -1e-3 * Math.max(eigen.largest(), 0) || eigen.largest() < 0;
        boolean wrong = asymmetry > asymmetryLimit || concave;
        if (wrong && d > 1 && coarseSize == 0) {
            // Differences of a gradient of third or higher order, around its zero, are not symmetric either.
            coarseSize = size;
            for (int i = 0; i < d; i++) {
                differences[i] *= FINER;
            }
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

    private static boolean isFinite(double[][] matrix) {
        for (double[] row : matrix) {
            if (!Kernels.allFinite(row, 0, row.length)) {
                return false;
            }
        }
        return true;
    }

    /** Steps downhill if the curvature overflows, by the size of the point, or by 1. */
    private void descend() {
        if (!term.isNormal() || ++hessians >= MOST_HESSIANS) {
            fail(Overflow.of("the curvature", "infinite or NaN around", x));
            return;
        }
        double steepest = 0;
        for (double entry : gradient) {
            steepest = Math.max(steepest, Math.abs(entry));
        }
        for (int i = 0; i < d; i++) {
            direction[i] = -gradient[i] / steepest * Math.max(1, Math.abs(x[i]));
            Arrays.fill(hessian[i], 0);
        }
        slope = Kernels.dot(gradient, 0, direction, 0, d);
        length = 1;
        doubled = false;
        phase = Phase.LINE;
    }

    private void newton(SymmetricMatrix.Eigen eigen) {
        // Where curvature is lost in rounding, the direction still leads down, and the line decides how far.
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
                        "must be found in " + (MOST_HESSIANS + MOST_LONG_STEPS) + " of Newton's steps",
                        Violation.text(Math.sqrt(decrement)) + " deviations away at the last",
                        "choose a {start} nearer to the mode",
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

    /** No axis moves farther than it is from 0, or 1: where curvature is lost, Newton's step may lead to where f overflows. */
    private double careful(double wanted) {
        double careful = wanted;
        for (int i = 0; i < d; i++) {
            careful = Math.min(careful, Math.max(1, Math.abs(x[i])) / Math.abs(direction[i]));
        }
        return careful;
    }

    /** Doubles the step while f falls along it, or halves it until it is not much steeper than it was. */
    private void seen(double slopeThere) {
        if (slopeThere > -0.9 * slope) {
            length *= 0.5;
            if (doubled) {
                step();
            } else if (length < 1e-300) {
                fail(Violation.of(
                        "the gradient",
                        "must fall along Newton's direction, as that of a convex function does",
                        "rising at any length",
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
        for (int i = 0; i < d; i++) {
            double scale = Math.max(1, Math.abs(x[i]));
            double known = hessian[i][i] > 0 ? DIFFERENCE / Math.sqrt(hessian[i][i]) : FIRST_DIFFERENCE * scale;
            differences[i] = Math.max(0x1.0p-40 * scale, Math.min(FIRST_DIFFERENCE * 100 * scale, known));
        }
        phase = Phase.HESSIAN;
    }

    /** The sums of a row's sizes are a diagonal above the Hessian. */
    private void startProximal() {
        double largest = 0;
        for (int i = 0; i < d; i++) {
            metric[i] = term.precision(i);
            for (int j = 0; j < d; j++) {
                metric[i] += Math.abs(hessian[i][j]);
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
        scale = new ScaleSearch(x, term, Geometry.isSeparable((ConvexTerm) term), hessian, eigen);
        phase = Phase.SCALE;
    }

    private void fail(Violation violation) {
        fail(Failure.Kind.NOT_CONVERGED, violation);
    }

    private void fail(Failure.Kind kind, Violation violation) {
        Objects.requireNonNull(trajectory).fail(new Failure(kind, Double.NaN, PLACE, violation, null));
    }
}
