package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.SecantSlope;

/**
 * The start of a trajectory, far above the radius of the data, where D hardly depends on the state. It takes long steps with one growing
 * polynomial, and integrates the whole window again at each step. Errors of the states have little effect on D there. So a step is accepted if
 * its displacement times the bound on D's slope is within the tolerance, unless there was a jump of D.
 *
 * <p>One more evaluation gives the slope that repairs D at all nodes. It is made at the corrected state of the first step that exceeds the
 * tolerance by a small factor, which is then accepted, and the start ends. If there is no such step, it is made at the end of the start, at
 * the node whose state has moved most.
 */
final class StartWindow {
    private static final double SHORTEST_FIRST = 1e-3;
    private static final double LONGEST_FIRST = 0.7;
    private static final double SAFETY = 0.7;
    private static final double GROWTH = 2;
    private static final double AFTER_REJECTION = 0.7;
    private static final double LEAST_SHRINK = 0.3;
    /** The residual above which a step from three or more nodes is rejected; it indicates a jump of D. */
    private static final double WILD = 100;
    /** The start ends when the residual of the polynomial is at most this value. */
    private static final double RESOLVED = 0.5;
    /** The same if the slope of D is known, so that regular steps can follow in any case. */
    private static final double NEARLY_RESOLVED = 4;
    /** The largest drift and residual of a step that is evaluated again. */
    private static final double LARGEST_DRIFT = 4;

    private static final double LARGEST_RESIDUAL = 30;

    private final int dimension;
    private final double sigma;
    /** The state at the first node. {@link #answer} is D there. */
    final double[] state;

    final double[] answer;
    /** The bound on the dependence of D on the state. */
    final SlopeBound bound;

    /** The drift of the step before it was evaluated again. */
    private double drift;
    /** The node that is evaluated once more at the end. */
    private int repaired;

    private boolean measured;
    private double slope;
    private double slopeTau;

    StartWindow(double[] state, double sigma, double radius) {
        this.dimension = state.length;
        this.sigma = sigma;
        this.state = state.clone();
        this.answer = new double[dimension];
        this.bound = new SlopeBound(radius);
    }

    /** Returns the length of the first step. The error of this step is about {@code h^3 bound^2 |z - D| / 2}. */
    double firstLength(double allowed) {
        double j = bound.at(sigma);
        double distance = Math.sqrt(Kernels.squaredDistance(state, 0, answer, 0, dimension));
        double h = StrictMath.cbrt(2 * allowed / Math.max(j * j * distance, Double.MIN_NORMAL));
        return Math.min(LONGEST_FIRST, Math.max(SHORTEST_FIRST, h));
    }

    /** Forgets the slope, for a start from the first node. */
    void clear() {
        measured = false;
    }

    /** Examines a step whose D was evaluated at the predicted state. */
    void look(CollocationStep step) {
        drift = driftOf(step);
    }

    /** Returns the largest error that D's dependence on the state can have caused in a step, relative to the allowed error. */
    private double driftOf(CollocationStep step) {
        return step.displacement() * bound.at(step.sigma) / step.allowed;
    }

    /** Returns whether D is to be evaluated at the corrected state, too, of a step from a window of {@code n} nodes. */
    boolean asksAgain(CollocationStep step, int n) {
        return !measured && n >= 2 && drift > 1 && drift <= LARGEST_DRIFT && step.residual() <= LARGEST_RESIDUAL;
    }

    /** Returns whether a step from a window of {@code n} nodes is accepted. */
    boolean accepts(CollocationStep step, int n) {
        return driftOf(step) <= 1 && (n < 3 || step.residual() <= WILD);
    }

    /** Returns the factor by which the length of the next step changes. */
    double factor(CollocationStep step, int n, boolean accepted) {
        double factor = SAFETY * Kernels.power(Math.max(drift, Double.MIN_NORMAL), -1.0 / (step.q + 2));
        factor = Math.min(accepted ? GROWTH : AFTER_REJECTION, Math.max(LEAST_SHRINK, factor));
        if (accepted) {
            return step.residual() > 1 && n >= 3 ? Math.min(factor, 1) : factor;
        }
        return drift <= 1 ? 0.5 : factor;
    }

    /** Returns whether the start ends after an accepted step from a window of {@code n} nodes, because D is resolved. */
    boolean isResolved(CollocationStep step, int n) {
        return step.residual() <= (measured ? NEARLY_RESOLVED : RESOLVED) && n >= 2;
    }

    /** Chooses the node to repair: the one with the largest movement of its state over sigma^2. Returns false if no state has moved. */
    boolean chooseRepair(NodeWindow nodes) {
        repaired = 0;
        double most = 0;
        for (int i = 0; i < nodes.count(); i++) {
            double s = StrictMath.exp(nodes.tau(i));
            double moved = nodes.drift(i) / (s * s);
            if (moved > most) {
                most = moved;
                repaired = i;
            }
        }
        return most > 0;
    }

    /** Returns the node that {@link #chooseRepair} chose. */
    int repaired() {
        return repaired;
    }

    /** Returns the secant slope at the repaired node. D at the node's best known state is in {@code answers} from {@code at} on. */
    double secantSlope(NodeWindow nodes, double[] answers, int at) {
        int row = nodes.at(repaired);
        return SecantSlope.between(
                nodes.states, row, nodes.referred, row, answers, at, nodes.answers, row, dimension, 0);
    }

    /** Sets the slope of D at a level. */
    void measured(double tau, double value) {
        measured = true;
        slope = value;
        slopeTau = tau;
    }

    boolean isMeasured() {
        return measured;
    }

    /** Converts D at all nodes to their best known states. */
    void repair(NodeWindow nodes) {
        for (int i = 0; i < nodes.count(); i++) {
            nodes.repair(i, slopeAt(nodes.tau(i)));
        }
    }

    /**
     * Returns the slope at a level, from the measured slope. It is proportional to 1 / sigma^2 far above the radius. Below the level of the
     * measurement, it is at most the bound, or the measured slope if that is larger.
     */
    double slopeAt(double tau) {
        double ratio = StrictMath.exp(slopeTau - tau);
        return Math.min(slope * ratio * ratio, Math.max(slope, bound.at(StrictMath.exp(tau))));
    }
}
