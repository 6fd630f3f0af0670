package io.scoreflux.solve.picard;

import io.scoreflux.error.Failure;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.ExponentialQuadrature;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SolverState;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Rows;
import org.jspecify.annotations.Nullable;

/**
 * The machine of adaptive Picard collocation, which solves one window after the other. A window that contains the stop level is solved as a
 * whole. The state at the stop level is read from its polynomial, so that stage boundaries cost no call.
 */
final class PicardMachine implements Machine {
    // The constants were measured on four mixtures. Changes by up to a third change the calls by a few per cent.
    /** The length of the first window in ln sigma. Its degree is {@link #FIRST_DEGREE}. */
    private static final double FIRST_LENGTH = 0.5;

    private static final int FIRST_DEGREE = 5;
    private static final double LONGEST = 3;
    /** If a window of less than this length does not converge, D is not smooth. */
    private static final double SHORTEST = 1e-7;
    /** Windows of less than this length are at jumps of D. */
    private static final double SHORT = 0.01;

    /** The largest rounding error of the sums of a window, relative to the state. {@link #ROUNDED_SUMS} is its ratio to the likely error. */
    private static final double ROUNDING = 0x1.0p-47;

    private static final double ROUNDED_SUMS = 32;

    private static final double SAFETY = 0.6;
    private static final double GROWTH = 1.5;
    /**
     * The share of the tolerance that the expected change of the sweeps may have. A node whose change is at most the share {@link #STANDSTILL}
     * is not evaluated again.
     */
    private static final double SWEEP_SHARE = 0.3;

    private static final double STANDSTILL = 0.3;
    /**
     * If the truncation residual exceeds the tolerance by this factor, the window is rejected before its sweeps end. If rounding exceeds the
     * requested tolerance by this factor, the trajectory fails.
     */
    private static final double HOPELESS = 4;

    /**
     * The factors of the error estimate, for the truncation residuals, for the next changes of the sweeps, and for the tolerance. Above
     * {@link #FINE_TOLERANCE} the estimate increases. {@code docs/picard.md} says on which targets they were chosen.
     */
    private static final double TRUNCATION_SHARE = 0.4;

    private static final double SWEEP_FACTOR = 0.7;
    private static final double TOLERANCE_SHARE = 0.1;
    private static final double FINE_TOLERANCE = 1e-5;

    private static final int COARSE_SWEEPS = 3;
    /** The least error of a window from roughness, relative to the radius, that short windows of high degree cannot resolve. */
    private static final double LEAST_ROUGH = 1e-6;

    /** The least limit on calls of {@link Sliding}. */
    private static final int LEAST_CALLS = 10;
    /** The number of sweeps that found D rough, minus the number of others, at which {@link Sliding} takes over. */
    private static final int FLAGS = 3;

    private static final int MOST_SWEEPS = 12;
    private static final double SLOW_CONTRACTION = 0.7;
    /** The assumed contraction of the sweeps before the second sweep. */
    private static final double UNKNOWN_CONTRACTION = 0.5;
    /** If the sweeps of a window reach this number, the next window is not longer. If they reach {@link #TOO_MANY_SWEEPS}, it is shorter. */
    private static final int MANY_SWEEPS = 6;

    private static final int TOO_MANY_SWEEPS = 8;

    private final SolverState trajectory;
    private final Problem problem;
    private final Picard settings;
    private final PicardRule[] rules;
    private final double radius;
    private final double startTau;
    private final double toSigma;
    private final double endTau;
    private CollocationWindow window;
    private CollocationWindow other;

    private double nextLength = FIRST_LENGTH;
    private int nextDegree;
    private int sweeps;
    private double front;
    /** The stop level. */
    private double target;
    /** The estimated errors of the state at the front from truncation, from the sweeps and from rounding, in the data's units. */
    private double truncationError;

    private double sweepError;
    private double roundingError;
    /** The estimated error of the state at the front from roughness of D, in the data's units. */
    private double roughError;
    /** The number of sweeps that found D rough, minus the number of others. */
    private int flags;
    /** Takes over if D is rough. */
    private @Nullable Machine sliding;
    /** Whether all windows met the tolerance. */
    private boolean met = true;

    /** The bytes of objects and of arrays of fixed length, measured. */
    private static final int FIXED_BYTES = 900;
    /** The bytes for each pair of nodes, measured. */
    private static final int PAIR_BYTES = 52;

    /** Returns the memory in bytes. */
    static long bytes(int dimension, int maxDegree) {
        int nodes = maxDegree + 1;
        return FIXED_BYTES + PAIR_BYTES * nodes * nodes + 2 * CollocationWindow.bytes(dimension, maxDegree);
    }

    PicardMachine(SolverState trajectory, Problem problem, Picard settings, PicardRule[] rules) {
        this.trajectory = trajectory;
        this.problem = problem;
        this.settings = settings;
        this.rules = rules;
        this.radius = problem.radius();
        this.toSigma = problem.toSigma();
        this.endTau = StrictMath.log(toSigma);
        this.front = StrictMath.log(trajectory.sigma());
        this.startTau = front;
        this.target = trajectory.sigma();
        this.nextDegree = Math.min(FIRST_DEGREE, settings.maxDegree());
        int d = trajectory.z().length;
        this.window = new CollocationWindow(rules[nextDegree], settings.maxDegree(), d);
        this.other = new CollocationWindow(rules[nextDegree], settings.maxDegree(), d);
        double length = Math.min(FIRST_LENGTH, front - endTau);
        window.openCold(rules[nextDegree], trajectory.sigma(), front, length, trajectory.z());
    }

    @Override
    public void target(double sigma) {
        target = sigma;
        if (sliding != null) {
            sliding.target(sigma);
        } else {
            reachTarget();
        }
    }

    @Override
    public boolean done() {
        return trajectory.sigma() <= target;
    }

    /** Moves the trajectory to the stop level if the accepted windows reach it. */
    private void reachTarget() {
        double level = target <= toSigma ? endTau : StrictMath.log(target);
        if (done() || front > level) {
            return;
        }
        // After a window is accepted, `other` is that window; `window` is already its successor.
        other.stateAt(level, trajectory.z());
        trajectory.reached(target);
        if (target <= toSigma) {
            trajectory.estimate(problem, StrictMath.hypot(error(), roughError), settings.tolerance(), met);
        }
    }

    @Override
    public int ask(Rows append) {
        if (sliding != null) {
            return sliding.ask(append);
        }
        return window.nodes.ask(window.sigma, append);
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        if (sliding != null) {
            sliding.tell(asked, answers, firstRow);
            return;
        }
        window.nodes.tell(answers, firstRow, 0);
        window.sweep();
        sweeps++;
        // A tolerance below the rounding of the states cannot be met.
        double unit = scale(window.bottom());
        double rounding = ROUNDING * window.endSize() / unit;
        double tolerance = Math.max(settings.tolerance(), rounding);
        boolean still = window.nodes.measureChange(radius, window.sigma, STANDSTILL * tolerance);
        double change = window.nodes.change();
        double contraction = window.nodes.contraction(UNKNOWN_CONTRACTION);
        double residual = window.truncation() / unit;
        flags = window.rough() > Math.max(tolerance, LEAST_ROUGH) * unit ? flags + 1 : Math.max(0, flags - 1);
        if (!(change < Double.POSITIVE_INFINITY) || !(residual < Double.POSITIVE_INFINITY)) {
            fail(Violation.of(
                    "the states",
                    "must stay finite",
                    "infinite or NaN",
                    "check the denoiser's scale against {radius} " + Violation.text(radius)));
        } else if (rounding > HOPELESS * settings.tolerance()) {
            fail(Violation.of(
                    "tolerance",
                    "must be above the rounding of the states, " + Violation.text(rounding),
                    settings.tolerance(),
                    "raise {tolerance}",
                    "move the data's mean to 0"));
        } else if (flags >= FLAGS && front == startTau && 2 * trajectory.queries() < settings.maxCalls()) {
            beginSliding();
        } else if (window.length() <= leastLength()) {
            if (sweeps >= COARSE_SWEEPS) {
                accept(residual, tolerance, change * contraction, rounding);
            }
        } else if (residual > HOPELESS * tolerance && (change < residual || sweeps >= 2)) {
            giveUp(shrink(residual, tolerance));
        } else if (still || change * (sweeps >= 2 ? contraction : 1) <= SWEEP_SHARE * tolerance) {
            if (residual > tolerance) {
                giveUp(shrink(residual, tolerance));
            } else {
                accept(residual, tolerance, change * contraction, rounding);
            }
        } else if (sweeps >= MOST_SWEEPS || (sweeps >= 4 && contraction > SLOW_CONTRACTION)) {
            giveUp(0.5);
        }
        if (trajectory.failure() == null && front > endTau && trajectory.queries() >= settings.maxCalls()) {
            fail(Violation.of(
                    "maxCalls",
                    "must suffice to reach tolerance " + Violation.text(settings.tolerance()),
                    settings.maxCalls(),
                    "raise {maxCalls}",
                    "raise {tolerance}"));
        }
    }

    /**
     * Returns the length below which a window is accepted whatever its residual: once half of the calls are used, the rest suffices for equal
     * windows to the end.
     */
    private double leastLength() {
        long used = trajectory.queries();
        if (used <= settings.maxCalls() / 2) {
            return 0;
        }
        double calls = (COARSE_SWEEPS + 1.0) * window.degree();
        return Math.min(LONGEST, (front - endTau) * calls / Math.max(1, settings.maxCalls() - used));
    }

    /**
     * Starts again with {@link Sliding}, which takes equal steps of low degree on a rough D: each window costs several sweeps,
     * and its degree is of no use there.
     */
    private void beginSliding() {
        sliding = new Sliding(settings.tolerance(), settings.maxDegree(), Math.max(LEAST_CALLS, settings.maxCalls()))
                .prepare(problem)
                .start(trajectory);
        sliding.target(target);
    }

    /** Returns the unit of errors at a level: errors made at large sigma shrink with sigma. */
    private double scale(double tau) {
        return StrictMath.hypot(radius, StrictMath.exp(tau));
    }

    /** Returns the factor by which the length of a window of the given degree should change to meet the tolerance with a safety margin. */
    private double room(double residual, int degree, double tolerance) {
        if (residual == 0) {
            return GROWTH;
        }
        return SAFETY * Kernels.power(tolerance / residual, 1.0 / (degree + 1));
    }

    private double shrink(double residual, double tolerance) {
        return Math.min(0.8, Math.max(0.2, room(residual, window.degree(), tolerance)));
    }

    /** Rejects the window and opens a shorter one at the same level. The polynomial of the rejected window is the initial guess. */
    private void giveUp(double factor) {
        double length = Math.max(factor * window.length(), Math.min(leastLength(), window.length()));
        if (length < SHORTEST) {
            fail(Violation.of(
                    "tolerance",
                    "must be reached by windows no shorter than " + SHORTEST
                            + " in ln sigma, but the denoiser is not smooth there",
                    settings.tolerance(),
                    "raise {tolerance}"));
            return;
        }
        trajectory.stepRejected();
        swap();
        sweeps = 0;
        window.openWarm(rules[other.degree()], front, length, other, 0);
    }

    /** Returns the estimated error of the end. The tolerance has a share in it, because the residuals can be small by chance. */
    private double error() {
        double sum = StrictMath.hypot(
                StrictMath.hypot(TRUNCATION_SHARE * truncationError, SWEEP_FACTOR * sweepError),
                TOLERANCE_SHARE * settings.tolerance() * radius);
        return sum * Math.max(1, StrictMath.pow(settings.tolerance() / FINE_TOLERANCE, 1.0 / 6)) + roundingError;
    }

    private void accept(double residual, double tolerance, double nextChange, double rounding) {
        window.settle();
        double length = window.length();
        // Errors shrink with sigma if the slope of D is below 1, and grow if it is above. If no slope was measured,
        // the slope is its average over states.
        double unit = scale(front - length);
        double usual = (radius / unit) * (radius / unit);
        double slope = window.meanSlope(usual);
        if (roughError > truncationError || !met || length < SHORT) {
            // Slopes of a rough D have no meaning.
            slope = Math.min(1, slope);
        }
        double growth = StrictMath.exp(-length * (1 - slope));
        roughError = StrictMath.hypot(roughError * growth, window.rough());
        met &= residual <= tolerance && nextChange <= tolerance;
        // Truncation errors have a sign that differs between windows. Those of the sweeps often have the same sign.
        truncationError = StrictMath.hypot(truncationError * growth, residual * unit);
        sweepError = sweepError * growth + nextChange * unit;
        roundingError = roundingError * growth + rounding / ROUNDED_SUMS * unit;
        choose(residual, tolerance);
        trajectory.stepAccepted(window.degree());
        trajectory.residual(residual / tolerance);
        front = length >= front - endTau ? endTau : front - length;
        swap();
        sweeps = 0;
        reachTarget();
        double left = front - endTau;
        if (left > 0) {
            window.openWarm(rules[nextDegree], front, fit(nextLength, left), other, other.degree());
        }
    }

    /** Fits a length into the rest of the range, so that no short window remains at its end. */
    private static double fit(double length, double left) {
        if (length > 0.95 * left) {
            return left;
        }
        return length > 0.55 * left ? left / 2 : length;
    }

    /** Chooses the degree and length of the next window: the neighbouring degree that gives the longest window per node. */
    private void choose(double residual, double tolerance) {
        int degree = window.degree();
        double best = 0;
        for (int k = Math.max(Picard.LEAST_DEGREE, degree - 1); k <= Math.min(settings.maxDegree(), degree + 1); k++) {
            double decay = window.decay();
            double expected = k < degree ? residual / decay : k > degree ? residual * decay : residual;
            double length = Math.min(LONGEST, window.length() * Math.min(GROWTH, room(expected, k, tolerance)));
            double gain = length / k * (k == degree ? 1.02 : 1);
            if (gain > best) {
                best = gain;
                nextDegree = k;
                nextLength = length;
            }
        }
        nextLength = Math.max(nextLength, Math.min(leastLength(), GROWTH * window.length()));
        if (sweeps >= TOO_MANY_SWEEPS) {
            nextLength = Math.min(nextLength, 0.8 * window.length());
        } else if (sweeps >= MANY_SWEEPS) {
            nextLength = Math.min(nextLength, window.length());
        }
    }

    private void swap() {
        CollocationWindow last = window;
        window = other;
        other = last;
    }

    private void fail(Violation why) {
        double sigma = StrictMath.exp(front);
        trajectory.fail(Failure.at(Failure.Kind.NOT_CONVERGED, sigma, why, null));
    }

    static {
        assert LONGEST <= ExponentialQuadrature.LONGEST;
    }
}
