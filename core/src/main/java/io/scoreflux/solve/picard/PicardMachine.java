package io.scoreflux.solve.picard;

import io.scoreflux.collocation.ChebyshevLobatto;
import io.scoreflux.collocation.ExponentialQuadrature;
import io.scoreflux.error.Violation;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Failure;
import io.scoreflux.state.Kernels;
import io.scoreflux.state.Rows;

/**
 * Adaptive Picard collocation of one trajectory, window after window. A window that reaches below the level aimed at is
 * solved whole: the state at that level is read from its polynomial, so that stage boundaries cost nothing.
 */
final class PicardMachine implements Machine {
    // The constants were measured on four mixtures; within a third of these values calls change by a few per cent.
    /** Length of the first window in ln sigma, and its degree. */
    private static final double FIRST_LENGTH = 0.5;

    private static final int FIRST_DEGREE = 5;
    private static final double LONGEST = 3;
    /** Below this length a window that does not converge means that D is not smooth. */
    private static final double SHORTEST = 1e-7;

    /** Rounding of a state, in units of its size: what the sums of a window may leave, and that over what they likely leave. */
    private static final double ROUNDING = 0x1.0p-47;

    private static final double ROUNDED_SUMS = 32;

    private static final double SAFETY = 0.6;
    private static final double GROWTH = 1.5;
    /** The share of the tolerance left to the sweeps, and the movement at which a node is no longer asked. */
    private static final double SWEEP_SHARE = 0.3;

    private static final double STANDSTILL = 0.3;
    /** A truncation residual this far above the tolerance ends a window before its sweeps do. */
    private static final double HOPELESS = 4;

    /** What a window's error comes to, as a share of the residuals: at fine tolerances, and from where on it grows. */
    private static final double LIKELY_SHARE = 0.3;

    private static final double FINE_TOLERANCE = 1e-5;

    private static final int MOST_SWEEPS = 12;
    private static final double SLOW_CONTRACTION = 0.7;
    /** Sweeps that say that a window is long for its contraction: from here its successor is no longer, or shorter. */
    private static final int MANY_SWEEPS = 6;

    private static final int TOO_MANY_SWEEPS = 8;

    private final Trajectory trajectory;
    private final Problem problem;
    private final Picard settings;
    private final PicardRule[] rules;
    private final double radius;
    private final double toSigma;
    private final double endTau;
    private final double likelyShare;
    private final boolean[] active;
    private CollocationWindow window;
    private CollocationWindow other;

    private double nextLength = FIRST_LENGTH;
    private int nextDegree;
    private int sweeps;
    private double change;
    private double contraction;
    /** Decay of D's coefficients from one order to the next. */
    private double decay;

    private double front;
    private double target;
    /** Estimated error of the state at the front, in the data's units. */
    private double error;

    /** Memory of the arrays that grow with the dimension. */
    static long bytes(int dimension, int maxDegree) {
        return 2 * CollocationWindow.bytes(dimension, maxDegree);
    }

    PicardMachine(Trajectory trajectory, Problem problem, Picard settings, PicardRule[] rules) {
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
        this.active = new boolean[settings.maxDegree() + 1];
        this.window = new CollocationWindow(rules[nextDegree], settings.maxDegree(), d);
        this.other = new CollocationWindow(rules[nextDegree], settings.maxDegree(), d);
        window.openCold(rules[nextDegree], front, firstLength(), trajectory.z());
        begin();
        active[0] = true;
    }

    private double firstLength() {
        return Math.min(FIRST_LENGTH, front - endTau);
    }

    @Override
    public void aim(double sigma) {
        target = sigma;
        land();
    }

    @Override
    public boolean done() {
        return trajectory.sigma() <= target;
    }

    /** If the accepted windows reach the level aimed at, puts the trajectory there. */
    private void land() {
        double level = target <= toSigma ? endTau : StrictMath.log(target);
        if (done() || front > level) {
            return;
        }
        // Between accepted windows the last one is `other`; `window` is already its successor.
        other.stateAt(level, trajectory.z());
        trajectory.land(target);
        if (target <= toSigma) {
            trajectory.estimate(problem, error, settings.tolerance(), true);
        }
    }

    @Override
    public int ask(Rows append) {
        int rows = 0;
        for (int k = 0; k <= window.degree(); k++) {
            if (active[k]) {
                window.ask(k, trajectory.sigma(), append);
                rows++;
            }
        }
        return rows;
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        int d = asked.dimension();
        int row = firstRow;
        for (int k = 0; k <= window.degree(); k++) {
            if (active[k]) {
                window.tell(k, answers, row * d);
                row++;
            }
        }
        window.sweep();
        sweeps++;
        // What lies below the rounding of the states cannot be asked for.
        double rounding = ROUNDING * window.endSize() / scale(window.top() - window.length());
        double tolerance = Math.max(settings.tolerance(), rounding);
        boolean still = measureChange(tolerance);
        double residual = truncation();
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
                accept(residual, tolerance, rounding);
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

    /** The largest relative movement of a node and its contraction; true if no node needs to be asked again. */
    private boolean measureChange(double tolerance) {
        double before = change;
        change = 0;
        boolean still = true;
        active[0] = false;
        for (int k = 1; k <= window.degree(); k++) {
            double moved = window.moved(k) / scale(window.tau(k));
            change = Math.max(change, moved);
            active[k] = moved > STANDSTILL * tolerance;
            still &= !active[k];
        }
        if (before < Double.POSITIVE_INFINITY) {
            contraction = Math.min(1, Math.max(0.01, change / before));
        }
        return still;
    }

    /** The unit of errors at a level: those made at large sigma shrink with it. */
    private double scale(double tau) {
        return StrictMath.hypot(radius, StrictMath.exp(tau));
    }

    /**
     * The residual of the polynomial: what the coefficients beyond its degree would add to the state, from the decay of the
     * last four; the degree is at least 4, as the coefficient of
     * order 0, D's mean, says nothing of a decay.
     */
    private double truncation() {
        double a0 = window.coefficient(0);
        double a1 = window.coefficient(1);
        double a2 = window.coefficient(2);
        double a3 = window.coefficient(3);
        decay = ChebyshevLobatto.decay(a0, a1, a2, a3);
        double last = ChebyshevLobatto.last(a0, a1, a2, a3, decay);
        double span = -StrictMath.expm1(-window.length());
        return 2 * span * last * decay / window.degree() / scale(window.top() - window.length());
    }

    /** The factor by which a window of the present degree would have to change to meet the tolerance with some safety. */
    private double room(double residual, int degree, double tolerance) {
        if (residual == 0) {
            return GROWTH;
        }
        return SAFETY * Kernels.power(tolerance / residual, 1.0 / (degree + 1));
    }

    private double shrink(double residual, double tolerance) {
        return Math.min(0.8, Math.max(0.2, room(residual, window.degree(), tolerance)));
    }

    /** Starts the window anew with a smaller length; its polynomial is the first guess. */
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
        trajectory.reject();
        swap();
        window.openWarm(rules[other.degree()], front, length, other, 0);
        begin();
    }

    private void accept(double residual, double tolerance, double rounding) {
        window.settle();
        double length = window.length();
        // Errors shrink with sigma where D does not follow the state, and grow where it follows it more than 1 to 1.
        // Where
        // nothing was measured, D follows as it does in the mean over states.
        double unit = scale(front - length);
        double usual = (radius / unit) * (radius / unit);
        error = error * StrictMath.exp(-length * (1 - window.meanSlope(usual)))
                + (likelyShare * (residual + change * contraction) + rounding / ROUNDED_SUMS) * unit;
        choose(residual, tolerance);
        trajectory.interval(window.degree());
        trajectory.residual(residual / tolerance);
        front = length >= front - endTau ? endTau : front - length;
        swap();
        land();
        double left = front - endTau;
        if (left > 0) {
            window.openWarm(rules[nextDegree], front, fit(nextLength, left), other, other.degree());
            begin();
        }
    }

    /** Shortens a length so that what is left of the range is a whole number of windows of like length. */
    private static double fit(double length, double left) {
        if (length > 0.95 * left) {
            return left;
        }
        return length > 0.55 * left ? left / 2 : length;
    }

    /** The next degree, the one with most length per node among the neighbours, and its length. */
    private void choose(double residual, double tolerance) {
        int degree = window.degree();
        double best = 0;
        for (int k = Math.max(Picard.LEAST_DEGREE, degree - 1); k <= Math.min(settings.maxDegree(), degree + 1); k++) {
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

    private void begin() {
        sweeps = 0;
        change = Double.POSITIVE_INFINITY;
        contraction = 0.5;
        for (int k = 0; k < active.length; k++) {
            active[k] = k > 0;
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
