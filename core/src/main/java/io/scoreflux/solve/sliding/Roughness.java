package io.scoreflux.solve.sliding;

import java.util.Arrays;

/**
 * A detector of roughness of the denoiser: of variations of D over distances shorter than the steps. They are the ripple of a network with
 * sinusoidal embeddings of the time, the jumps of one that rounds its time or its state, or noise. No polynomial through nodes farther apart
 * resolves them.
 *
 * <p>Let P_k be the polynomial through the k newest nodes, and l_j the weights with which it extrapolates their values. If the values have
 * independent errors of size rho, then {@code |D - P_k|} is about {@code rho A_k} with {@code A_k = sqrt(1 + sum_j l_j^2)}. For equal steps, {@code
 * A_k = sqrt(binom(2k, k))}. So D is rough if {@code |D - P_k| / A_k}, averaged over the last steps, is about the same for neighbouring low k; rho
 * is this value. For a smooth D it falls by a factor of four or more from one k to the next.
 */
final class Roughness {
    /** The highest k from which the orders must be about the same. Noise far below the steps' errors shows in higher orders only. */
    private static final int LOW = 2;
    /** The number of neighbouring orders that must be about the same. */
    private static final int ORDERS = 4;
    /** The highest order that is examined. */
    static final int HIGHEST = LOW + ORDERS - 1;

    /** The mean squares are about the same if the smallest is at least this share of the largest. */
    private static final double LEVEL = 0.15;
    /** The least growth of A_k over these orders. */
    private static final double GROWTH = 2;
    /** The weight of the last step in a mean square. */
    private static final double WEIGHT = 0.3;
    /** The roughness matters if its effect in a step exceeds this share of the allowed error. */
    static final double SHARE = 0.3;
    /** The number of such steps, minus the number of others, after which D is rough. */
    private static final int FLAGS = 3;

    /** The same after the start, where structure looks rough for some steps. */
    private static final int MANY_FLAGS = 8;
    /** The same at large tolerances, where structure looks rough for many steps. */
    private static final int MOST_FLAGS = 12;

    /** Index k: the mean square of {@code |D - P_k| / A_k}. */
    private final double[] squares = new double[HIGHEST + 1];

    private int flags;
    private double size;
    private boolean last;

    void clear() {
        Arrays.fill(squares, 0);
        flags = 0;
        size = 0;
        last = false;
    }

    /** Returns whether D is rough. This holds in the start, where a smooth D is nearly constant. */
    boolean isFound() {
        return flags >= FLAGS;
    }

    /** Returns whether D looks rough after the start. Structure at the scale of the steps looks so for a few steps as well. */
    boolean isSuspected() {
        return flags >= MANY_FLAGS;
    }

    /** Returns the size of the roughness in the last step, or 0 if D did not look rough in it and in few or, as requested, many steps before. */
    double lastSize(boolean few) {
        return last && flags >= (few ? FLAGS : MOST_FLAGS) ? size : 0;
    }

    /** Returns the size of the roughness. */
    double size() {
        return size;
    }

    /**
     * Examines a step.
     *
     * @param step a step whose D is known
     * @param nodes the number of its nodes
     */
    void look(CollocationStep step, int nodes) {
        for (int k = 1; k <= Math.min(HIGHEST, nodes); k++) {
            double deviation = step.deviation(k);
            double square = deviation * deviation;
            squares[k] = squares[k] == 0 ? square : (1 - WEIGHT) * squares[k] + WEIGHT * square;
        }
        boolean level = false;
        for (int from = 1; from <= LOW && from + ORDERS - 1 <= nodes; from++) {
            level |= isLevel(from, step);
        }
        last = level;
        flags = level ? flags + 1 : Math.max(flags - 1, 0);
    }

    private boolean isLevel(int from, CollocationStep step) {
        if (step.amplification[from + ORDERS - 1] < GROWTH * step.amplification[from]) {
            // After a much shorter step, all orders extrapolate little, and a single jump looks the same for all of
            // them.
            return false;
        }
        double least = squares[from];
        double most = least;
        for (int k = from + 1; k < from + ORDERS; k++) {
            least = Math.min(least, squares[k]);
            most = Math.max(most, squares[k]);
        }
        if (least <= LEVEL * most || Math.sqrt(least) * step.length() <= SHARE * step.allowed) {
            return false;
        }
        // The mean does not yet show structure that has just begun.
        size = Math.max(Math.sqrt(least), step.deviation(from));
        return true;
    }
}
