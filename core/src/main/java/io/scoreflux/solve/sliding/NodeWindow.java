package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;

/** The last nodes of a trajectory, newest first, in arrays of fixed size. */
final class NodeWindow {
    final int capacity;
    private final int dimension;
    private final int[] order;
    private final double[] tau;
    /** D as the denoiser returned it. {@link #asked} contains the states where it was evaluated. */
    final double[] raw;

    final double[] asked;
    /** The slope of D at each node, which converts D from one state to another. */
    private final double[] slopes;
    /** The best known states. */
    final double[] states;
    /** D at the best known states: {@code raw + slope (states - asked)}. */
    final double[] answers;

    private int count;

    NodeWindow(int capacity, int dimension) {
        this.capacity = capacity;
        this.dimension = dimension;
        this.order = new int[capacity];
        for (int i = 0; i < capacity; i++) {
            order[i] = i;
        }
        this.tau = new double[capacity];
        this.raw = new double[capacity * dimension];
        this.asked = new double[capacity * dimension];
        this.slopes = new double[capacity];
        this.states = new double[capacity * dimension];
        this.answers = new double[capacity * dimension];
    }

    int count() {
        return count;
    }

    boolean full() {
        return count == capacity;
    }

    void clear() {
        count = 0;
    }

    /** Returns ln sigma of node i. */
    double tau(int i) {
        return tau[order[i]];
    }

    /** Returns the offset of node i in each array. */
    int at(int i) {
        return order[i] * dimension;
    }

    /**
     * Adds the newest node. If the window is full, the oldest node is dropped.
     *
     * @param level ln sigma
     * @param value D at the state {@code askedState}
     * @param slope the slope of D
     * @param answer D at the node's state, which may be more recent than the conversion of {@code value} along the slope
     * @param state the best known state
     */
    void add(double level, double[] value, double[] askedState, double slope, double[] answer, double[] state) {
        int last = count < capacity ? count++ : capacity - 1;
        int slot = order[last];
        System.arraycopy(order, 0, order, 1, last);
        order[0] = slot;
        tau[slot] = level;
        slopes[slot] = slope;
        System.arraycopy(value, 0, raw, slot * dimension, dimension);
        System.arraycopy(askedState, 0, asked, slot * dimension, dimension);
        System.arraycopy(answer, 0, answers, slot * dimension, dimension);
        System.arraycopy(state, 0, states, slot * dimension, dimension);
    }

    /** Replaces D at node i by D at its best known state. */
    void replace(int i, double[] source, int sourceAt) {
        System.arraycopy(source, sourceAt, raw, at(i), dimension);
        System.arraycopy(states, at(i), asked, at(i), dimension);
        repair(i);
    }

    /** Sets the slope of D at node i, and converts D there to the best known state. */
    void repair(int i, double slope) {
        slopes[order[i]] = slope;
        repair(i);
    }

    /** Converts D at node i to the best known state, after a change of this state. */
    void repair(int i) {
        int at = at(i);
        double slope = slopes[order[i]];
        for (int k = at; k < at + dimension; k++) {
            answers[k] = raw[k] + slope * (states[k] - asked[k]);
        }
    }

    /** Writes the divided differences of D over the nodes at the coordinates v. Order j is in row j. */
    void divide(double[] v, double[] divided) {
        for (int i = 0; i < count; i++) {
            System.arraycopy(answers, at(i), divided, i * dimension, dimension);
        }
        for (int j = 1; j < count; j++) {
            for (int i = count - 1; i >= j; i--) {
                double inverse = 1 / (v[i] - v[i - j]);
                int row = i * dimension;
                for (int k = row; k < row + dimension; k++) {
                    divided[k] = (divided[k] - divided[k - dimension]) * inverse;
                }
            }
        }
    }

    /** Returns the distance between node i's best known state and the state where D was evaluated. */
    double drift(int i) {
        return Math.sqrt(Kernels.squaredDistance(states, at(i), asked, at(i), dimension));
    }
}
