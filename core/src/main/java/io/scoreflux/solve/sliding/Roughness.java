package io.scoreflux.solve.sliding;

/**
 * A detector of roughness of the denoiser: of variations of D over distances shorter than a step. They are rounding or noise, the ripple of a
 * network with sinusoidal embeddings of the time, or the jumps of a network that rounds its time. No polynomial through nodes farther apart
 * resolves them.
 *
 * <p>Let P_k be the polynomial through the k newest nodes, and let l_j be the weights with which it extrapolates their values. If the values
 * have independent errors of size rho, then {@code |D - P_k|} is about {@code rho A_k} with {@code A_k = sqrt(1 + sum_j l_j^2)}. For equal steps,
 * {@code A_k = sqrt(binom(2k, k))}. So D is rough if {@code |D - P_k| / A_k} is about the same for all k, and rho is this value. For a smooth
 * D it falls by a factor of four or more from one k to the next.
 */
final class Roughness {
    private static final int FIRST = 1;
    private static final int LAST = 10;
    /** If the orders are about the same from this one on, D varies over distances shorter than the steps. */
    private static final int LOW = 2;
    /** The largest span of nodes, in ln sigma, over which higher orders can be noise. */
    private static final double SPAN = 0.12;
    /** The least number of neighbouring orders that must be about the same. */
    private static final int ORDERS = 4;
    /** The orders are about the same if the smallest is at least this share of the largest. */
    private static final double LEVEL = 0.35;
    /** The number of such steps, minus the number of others, after which D is rough. */
    private static final int FLAGS = 3;

    private static final int MOST_FLAGS = 6;
    private static final double FORGET = 0.98;
    /** The differences of a smooth D fall by at least this factor. */
    private static final double FAR = 100;
    /** The weight of the last step in the mean square. */
    private static final double WEIGHT = 0.3;

    /** Index k: |D - P_k| / A_k. */
    private final double[] sizes = new double[LAST + 1];

    private int flags;
    private double square;
    private int lowFlags;
    private boolean lowest;
    private double plateau;
    /** The size of noise, which is forgotten slowly, because its detection is uncertain from step to step. */
    private double noise;
    private boolean falling;

    void clear() {
        flags = 0;
        lowFlags = 0;
        square = 0;
        lowest = false;
        plateau = 0;
        noise = 0;
        falling = false;
    }

    /** Returns whether the differences of the last step fell far with the order, as those of a smooth D do. */
    boolean isFalling() {
        return falling;
    }

    /** Returns the size of the differences of high orders in the last step if they have stopped falling, and 0 otherwise. */
    double plateau() {
        return plateau;
    }

    /** Returns the size of the roughness of D, in the data's units, or 0 if D is smooth as far as is known. */
    double size() {
        return Math.max(noise, flags >= FLAGS ? Math.sqrt(square) : 0);
    }

    double lastSize() {
        return Math.sqrt(square);
    }

    /** Returns whether D varies over distances shorter than the steps, so that no order resolves it. */
    boolean isUnresolved() {
        return lowFlags > FLAGS;
    }

    /** Returns whether the last step alone looks so. */
    boolean looksUnresolved() {
        return lowest;
    }

    /**
     * Examines the differences of a step.
     *
     * @param differences the entry at index k is the distance of D from its prediction with k nodes
     * @param amplification the entry at index k is A_k
     * @param nodes the number of nodes
     * @param span the distance in ln sigma from the sixth node to the new one
     */
    void look(double[] differences, double[] amplification, int nodes, double span) {
        int last = Math.min(nodes, LAST);
        double least = Double.POSITIVE_INFINITY;
        int at = 0;
        for (int k = FIRST; k <= last; k++) {
            sizes[k] = differences[k] / amplification[k];
            if (sizes[k] < least) {
                least = sizes[k];
                at = k;
            }
        }
        int from = at;
        int to = at;
        while (from > FIRST && sizes[from - 1] * LEVEL < least) {
            from--;
        }
        while (to < last && sizes[to + 1] * LEVEL < least) {
            to++;
        }
        int orders = to - from + 1;
        boolean low = least > 0 && from <= LOW && orders >= ORDERS;
        boolean first = from == FIRST && orders >= Math.min(nodes, ORDERS);
        plateau = orders >= ORDERS ? least : 0;
        falling = last > ORDERS && sizes[FIRST] > FAR * least;
        lowest = least > 0 && (first || (from < ORDERS && orders > ORDERS));
        if (low || (least > 0 && orders >= ORDERS && span < SPAN)) {
            // Higher orders contain more of the values far above, which may be rougher.
            double sum = 0;
            for (int k = from; k < from + ORDERS; k++) {
                sum += sizes[k] * sizes[k] / ORDERS;
            }
            square = square == 0 ? sum : (1 - WEIGHT) * square + WEIGHT * sum;
            flags = Math.min(flags + 1, MOST_FLAGS);
        } else {
            flags = Math.max(flags - 1, 0);
            square = flags == 0 ? 0 : square;
        }
        noise *= FORGET;
        if (span < SPAN && flags >= FLAGS) {
            noise = Math.max(noise, Math.sqrt(square));
        }
        lowFlags = low ? Math.min(lowFlags + 1, MOST_FLAGS) : Math.max(lowFlags - 1, 0);
    }
}
