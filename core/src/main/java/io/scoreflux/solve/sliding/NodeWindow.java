package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;

/** The last nodes of a trajectory, newest first, in arrays of fixed size. */
final class NodeWindow {
    final int capacity;
    private final int dimension;
    private final int[] order;
    private final double[] tau;
    /** D at the nodes. */
    final double[] answers;
    /** The states to which these values of D belong. */
    final double[] referred;
    /** The best known states. */
    final double[] states;

    private int count;

    NodeWindow(int capacity, int dimension) {
        this.capacity = capacity;
        this.dimension = dimension;
        this.order = new int[capacity];
        for (int i = 0; i < capacity; i++) {
            order[i] = i;
        }
        this.tau = new double[capacity];
        this.answers = new double[capacity * dimension];
        this.referred = new double[capacity * dimension];
        this.states = new double[capacity * dimension];
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

    /** Adds the newest node. If the window is full, the oldest node is dropped. */
    void add(double level, double[] answer, double[] answerState, double[] state) {
        int last = count < capacity ? count++ : capacity - 1;
        int slot = order[last];
        System.arraycopy(order, 0, order, 1, last);
        order[0] = slot;
        tau[slot] = level;
        System.arraycopy(answer, 0, answers, slot * dimension, dimension);
        System.arraycopy(answerState, 0, referred, slot * dimension, dimension);
        System.arraycopy(state, 0, states, slot * dimension, dimension);
    }

    /** Replaces D at node i by D at its best known state. */
    void replace(int i, double[] source, int sourceAt) {
        System.arraycopy(source, sourceAt, answers, at(i), dimension);
        System.arraycopy(states, at(i), referred, at(i), dimension);
    }

    /** Converts D at node i along a slope to the best known state. */
    void repair(int i, double slope) {
        int at = at(i);
        for (int k = at; k < at + dimension; k++) {
            answers[k] += slope * (states[k] - referred[k]);
            referred[k] = states[k];
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

    /** Returns the distance between node i's best known state and the state to which its D belongs. */
    double drift(int i) {
        return Math.sqrt(Kernels.squaredDistance(states, at(i), referred, at(i), dimension));
    }
}
