package io.scoreflux.solve.sliding;

import io.scoreflux.state.Kernels;

/** The last nodes of a trajectory, newest first, in room made once. */
final class NodeWindow {
    final int capacity;
    private final int dimension;
    private final int[] order;
    private final double[] tau;
    /** D at the nodes, repaired. */
    final double[] answers;
    /** The states that the answers belong to. */
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

    /** ln sigma of node i. */
    double tau(int i) {
        return tau[order[i]];
    }

    /** Where node i's numbers start in each array. */
    int at(int i) {
        return order[i] * dimension;
    }

    /** Adds the newest node; the oldest goes if there is no room. */
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

    /** Moves node i's answer along a slope to the best known state. */
    void repair(int i, double slope) {
        int at = at(i);
        for (int k = at; k < at + dimension; k++) {
            answers[k] += slope * (states[k] - referred[k]);
            referred[k] = states[k];
        }
    }

    /** Writes D's divided differences over the nodes, row j of order j, with the coordinate's values v at them. */
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

    /** How far node i's state is from the one that its answer belongs to. */
    double drift(int i) {
        return Math.sqrt(Kernels.squaredDistance(states, at(i), referred, at(i), dimension));
    }
}
