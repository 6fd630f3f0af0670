package io.scoreflux.solve.sliding;

import java.util.Arrays;

/**
 * A detector of noise in the denoiser. Differences of noise grow with their order k as {@code sqrt(binom(2k, k))}. If differences of orders 3
 * to 6, divided by this factor, are about equal, they are noise and not structure. Without the detection, the solver would take shorter and
 * shorter steps to resolve the noise.
 */
final class NoiseFloor {
    private static final double[] GROWTH = {Math.sqrt(20), Math.sqrt(70), Math.sqrt(252), Math.sqrt(924)};
    private static final int FIRST_ORDER = 3;
    /** The largest span of nodes, in ln sigma, over which differences can be noise. Larger spans caused false detections. */
    private static final double SPAN = 0.12;

    private static final double LEVEL = 0.35;
    private static final int FLAGS = 3;
    private static final double FORGET = 0.98;

    private final double[] sizes = new double[GROWTH.length];
    private int flags;
    private double size;
    private double largest;

    /** Returns the largest size of the noise detected so far. */
    double largest() {
        return largest;
    }

    /** Returns the size of the noise in D, or 0 if none was detected. */
    double size() {
        return size;
    }

    void clear() {
        flags = 0;
        size = 0;
        largest = 0;
    }

    /**
     * Examines the differences of a step.
     *
     * @param differences the entry at index k is the distance of D from its prediction with k nodes
     * @param nodes the number of nodes
     * @param span the distance in ln sigma from the sixth node to the new one
     */
    void look(double[] differences, int nodes, double span) {
        if (nodes < FIRST_ORDER + GROWTH.length || span >= SPAN) {
            return;
        }
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = differences[FIRST_ORDER + i] / GROWTH[i];
        }
        Arrays.sort(sizes);
        boolean level = sizes[0] > LEVEL * sizes[sizes.length - 1];
        flags = level ? flags + 1 : Math.max(flags - 1, 0);
        size *= FORGET;
        if (level && flags >= FLAGS) {
            double median = (sizes[1] + sizes[2]) / 2;
            size = Math.max(size, size == 0 ? median : Math.min(median, 2 * size));
            largest = Math.max(largest, size);
        }
    }
}
