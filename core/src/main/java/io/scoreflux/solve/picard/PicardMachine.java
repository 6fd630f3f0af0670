package io.scoreflux.solve.picard;

import io.scoreflux.error.Failure;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.ExponentialQuadrature;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;

/**
 * Adaptive Picard collocation of one trajectory, window after window. A window that reaches below the stop level is solved whole: the state
 * at the stop level is read from its polynomial, so that stage boundaries cost nothing.
 */
final class PicardMachine implements Machine {
    // The constants were measured on four mixtures; within a third of these values calls change by a few per cent.
    /** The length of the first window in ln sigma, and its degree. */
    private static final double FIRST_LENGTH = 0.5;

    private static final int FIRST_DEGREE = 5;
    private static final double LONGEST = 3;
    /** Below this length a window that does not converge means that D is not smooth. */
    private static final double SHORTEST = 1e-7;

    /** The largest rounding error of the sums of a window, relative to the state, and its ratio to the likely one. */
    private static final double ROUNDING = 0x1.0p-47;

    private static final double ROUNDED_SUMS = 32;

    private static final double SAFETY = 0.6;
    private static final double GROWTH = 1.5;
    /** The share of the tolerance left to the sweeps, and the change, over the tolerance, up to which a node is not asked again. */
    private static final double SWEEP_SHARE = 0.3;

    private static final double STANDSTILL = 0.3;
    /** A truncation residual this far above the tolerance ends a window before its sweeps do. */
    private static final double HOPELESS = 4;

    /** The likely error of a window, over its residuals, at fine tolerances; above {@link #FINE_TOLERANCE} it grows. */
    private static final double LIKELY_SHARE = 0.3;

    private static final double FINE_TOLERANCE = 1e-5;

    private static final int MOST_SWEEPS = 12;
    private static final double SLOW_CONTRACTION = 0.7;
    /** The contraction of the sweeps before two of them show it. */
    private static final double UNKNOWN_CONTRACTION = 0.5;
    /** From this many sweeps on the next window is not longer, as this one is long for its contraction; from more on it is shorter. */
    private static final int MANY_SWEEPS = 6;

    private static final int TOO_MANY_SWEEPS = 8;

    private final SolverState trajectory;
    private final Problem problem;
    private final Picard settings;
    private final PicardRule[] rules;
    private final double radius;
    private final double toSigma;
    private final double endTau;
    private final double likelyShare;
    private CollocationWindow window;
    private CollocationWindow other;

    private double nextLength = FIRST_LENGTH;
    private int nextDegree;
    private int sweeps;
    private double front;
    /** The stop level. */
    private double target;
    /** Estimated error of the state at the front, in the data's units. */
    private double error;

    /** Memory of the arrays that grow with the dimension. */
    static long bytes(int dimension, int maxDegree) {
        return 2 * CollocationWindow.bytes(dimension, maxDegree);
    }

    PicardMachine(SolverState trajectory, Problem problem, Picard settings, PicardRule[] rules) {
        this.trajectory = trajectory;
        this.problem = problem;
        this.settings = settings;
        this.rules = rules;
        this.radius = problem.radius();
        this.toSigma = problem.toSigma();
        this.endTau = StrictMath.log(toSigma);
        this.likelyShare = LIKELY_SHARE * Math.max(1, StrictMath.pow(settings.tolerance() / FINE_TOLERANCE, 1.0 / 6));
        this.front = StrictMath.log(trajectory.sigma());
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
        reachTarget();
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
        // Between accepted windows the last one is `other`; `window` is already its successor.
        other.stateAt(level, trajectory.z());
        trajectory.reached(target);
        if (target <= toSigma) {
            trajectory.estimate(problem, error, settings.tolerance(), true);
        }
    }

    @Override
    public int ask(Rows append) {
        return window.nodes.ask(window.sigma, append);
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        window.nodes.tell(answers, firstRow, 0);
        window.sweep();
        sweeps++;
        // No tolerance below the rounding of the states can be met.
        double unit = scale(window.bottom());
        double rounding = ROUNDING * window.endSize() / unit;
        double tolerance = Math.max(settings.tolerance(), rounding);
        boolean still = window.nodes.measureChange(radius, window.sigma, STANDSTILL * tolerance);
        double change = window.nodes.change();
        double contraction = window.nodes.contraction(UNKNOWN_CONTRACTION);
        double residual = window.truncation() / unit;
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

    /** The unit of errors at a level: errors made at large sigma shrink with it. */
    private double scale(double tau) {
        return StrictMath.hypot(radius, StrictMath.exp(tau));
    }

    /** The factor of the length with which a window of the given degree would meet the tolerance, with some safety. */
    private double room(double residual, int degree, double tolerance) {
        if (residual == 0) {
            return GROWTH;
        }
        return SAFETY * Kernels.power(tolerance / residual, 1.0 / (degree + 1));
    }

    private double shrink(double residual, double tolerance) {
        return Math.min(0.8, Math.max(0.2, room(residual, window.degree(), tolerance)));
    }

    /** Begins a shorter window at the same level; the polynomial of the present one is the first guess. */
    private void giveUp(double factor) {
        double length = factor * window.length();
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

    private void accept(double residual, double tolerance, double nextChange, double rounding) {
        window.settle();
        double length = window.length();
        // Errors shrink with sigma where the slope of D is below 1, and grow where it is above. Where no slope was
        // measured, it is that of the mean over states.
        double unit = scale(front - length);
        double usual = (radius / unit) * (radius / unit);
        error = error * StrictMath.exp(-length * (1 - window.meanSlope(usual)))
                + (likelyShare * (residual + nextChange) + rounding / ROUNDED_SUMS) * unit;
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

    /** Fits a length into the rest of the range, so that no short window is left at its end. */
    private static double fit(double length, double left) {
        if (length > 0.95 * left) {
            return left;
        }
        return length > 0.55 * left ? left / 2 : length;
    }

    /** Chooses the next degree and length: the degree among the neighbours that gives the longest window per node. */
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
