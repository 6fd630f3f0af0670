package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.SecantSlope;

/**
 * The start of a trajectory, far above the radius of the data, where D hardly depends on the state. It takes long steps with one growing
 * polynomial, and integrates the whole window again at each step. Errors of the states have little effect on D there. So a step is rejected
 * only if its displacement times the bound on D's slope exceeds the tolerance, or after a jump of D. At the end, D is evaluated once more at
 * the node whose state has moved most, and the slope that this gives repairs D at all nodes.
 */
final class StartWindow {
    private static final double SHORTEST_FIRST = 1e-3;
    private static final double LONGEST_FIRST = 0.7;
    private static final double SAFETY = 0.9;
    private static final double GROWTH = 2;
    private static final double AFTER_REJECTION = 0.7;
    private static final double LEAST_SHRINK = 0.3;
    /** The residual above which a step from three or more nodes is rejected; it indicates a jump of D. */
    private static final double WILD = 100;
    /** The start ends when the residual of the polynomial is at most this value. */
    private static final double RESOLVED = 0.5;

    private final int dimension;
    private final double sigma;
    /** The state at the first node. {@link #answer} is D there. */
    final double[] state;

    final double[] answer;
    /** The bound on the dependence of D on the state. */
    final SlopeBound bound;

    /** The node that is evaluated once more. */
    private int repaired;

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

    /** Returns the largest error that D's dependence on the state can have caused in a step, relative to the allowed error. */
    double drift(CollocationStep step) {
        return step.displacement() * bound.at(step.sigma) / step.allowed;
    }

    /** Returns whether a step from a window of {@code n} nodes is accepted. */
    boolean accepts(CollocationStep step, int n) {
        return drift(step) <= 1 && (n < 3 || step.residual() <= WILD);
    }

    /** Returns the factor by which the length of the next step changes. */
    double factor(CollocationStep step, int n, boolean accepted) {
        double drift = drift(step);
        double factor = SAFETY * Kernels.power(Math.max(drift, Double.MIN_NORMAL), -1.0 / (step.q + 2));
        factor = Math.min(accepted ? GROWTH : AFTER_REJECTION, Math.max(LEAST_SHRINK, factor));
        if (accepted) {
            return step.residual() > 1 && n >= 3 ? Math.min(factor, 1) : factor;
        }
        return drift <= 1 ? 0.5 : factor;
    }

    /** Returns whether an accepted step from a window of {@code n} nodes resolved D, so that the start ends. */
    boolean isResolved(CollocationStep step, int n) {
        return step.residual() <= RESOLVED && n >= 2;
    }

    /** Chooses the node to repair: the one with the largest movement of its state over sigma^2. Returns false if no state has moved. */
    boolean chooseRepair(NodeWindow nodes) {
        repaired = 0;
        double most = 0;
        for (int i = 0; i < nodes.count(); i++) {
            double s = StrictMath.exp(nodes.tau(i));
            double drift = nodes.drift(i) / (s * s);
            if (drift > most) {
                most = drift;
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
    double measuredSlope(NodeWindow nodes, double[] answers, int at) {
        return SecantSlope.between(
                nodes.state(repaired),
                0,
                nodes.referred(repaired),
                0,
                answers,
                at,
                nodes.answer(repaired),
                0,
                dimension,
                0);
    }

    /**
     * Replaces D at the repaired node, and converts D at the other nodes along the slope, which decreases as 1 / sigma^2 far above the radius.
     */
    void repair(NodeWindow nodes, double[] answers, int at, double slope) {
        nodes.replace(repaired, answers, at);
        for (int i = 0; i < nodes.count(); i++) {
            if (i != repaired) {
                nodes.repair(i, slopeAt(nodes.tau(i), nodes, slope));
            }
        }
    }

    /** Returns the slope at a level, from the slope at the repaired node. */
    double slopeAt(double tau, NodeWindow nodes, double slope) {
        double ratio = StrictMath.exp(nodes.tau(repaired)) / StrictMath.exp(tau);
        return slope * ratio * ratio;
    }
}
