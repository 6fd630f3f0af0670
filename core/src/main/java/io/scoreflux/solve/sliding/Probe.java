package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;

/**
 * A second difference of D in ln sigma along the predicted path, over a distance of an eighth of a step. If D is rough, it is as
 * large as that over a whole step. If D is smooth, it is a 64th of that. At a fixed state, D varies more than along the path.
 */
final class Probe {
    /** The distance, relative to the length of the step. */
    static final double SHARE = 0.125;
    /** The second difference of independent errors of size 1 has the size sqrt(6). */
    private static final double GROWTH = Math.sqrt(6);

    private final int dimension;
    private final double[] difference;
    private double distance;
    private int received;

    Probe(int dimension) {
        this.dimension = dimension;
        this.difference = new double[dimension];
    }

    /** Begins at the node of a step. D is known there, and converted along the slope to the predicted state. */
    void begin(CollocationStep step, double length) {
        distance = SHARE * length;
        received = 0;
        Kernels.setScaled(difference, 0, -2, step.raw, 0, dimension);
        Kernels.addScaled(difference, 0, -2 * step.slope, step.predicted, 0, dimension);
        Kernels.addScaled(difference, 0, 2 * step.slope, step.asked, 0, dimension);
    }

    /** Returns the distance in ln sigma of the next evaluation from the node. */
    double offset() {
        return received == 0 ? distance : -distance;
    }

    /** Receives D at the next level. Returns whether it was the last one. */
    boolean isComplete(double[] answers, int at) {
        Kernels.addScaled(difference, 0, 1, answers, at, dimension);
        received++;
        return received == 2;
    }

    /** Returns the size of independent errors that would explain the second difference. */
    double size() {
        return Kernels.norm(difference, 0, dimension) / GROWTH;
    }
}
