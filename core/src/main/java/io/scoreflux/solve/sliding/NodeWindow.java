package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.FlowQuadrature;
import java.util.Arrays;

/** The last nodes of a trajectory, newest first, in arrays of fixed size. */
final class NodeWindow {
    final int capacity;
    private final int dimension;
    private final int[] order;
    private final double[] tau;
    private final double[] sigma;
    /** The interval above each node. */
    private final FlowQuadrature[] above;
    /** The interval below the newest node, down to the node that is added next. */
    private FlowQuadrature next;

    private final double[][] answers;
    private final double[][] referred;
    private final double[][] states;

    private int count;

    NodeWindow(int capacity, int dimension) {
        this.capacity = capacity;
        this.dimension = dimension;
        this.order = new int[capacity];
        for (int i = 0; i < capacity; i++) {
            order[i] = i;
        }
        this.tau = new double[capacity];
        this.sigma = new double[capacity];
        this.above = new FlowQuadrature[capacity];
        FlowQuadrature.Workspace workspace = new FlowQuadrature.Workspace();
        Arrays.setAll(above, i -> new FlowQuadrature(workspace));
        this.next = new FlowQuadrature(workspace);
        this.answers = new double[capacity][dimension];
        this.referred = new double[capacity][dimension];
        this.states = new double[capacity][dimension];
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

    /** Returns the noise level of node i. */
    double sigma(int i) {
        return sigma[order[i]];
    }

    /** Returns the interval from node i + 1 down to node i. */
    FlowQuadrature above(int i) {
        return above[order[i]];
    }

    /** Returns the interval from the newest node down to the node that is added next. It must be set before that node is added. */
    FlowQuadrature next() {
        return next;
    }

    /** Returns D at node i. */
    double[] answer(int i) {
        return answers[order[i]];
    }

    /** Returns the state to which D at node i belongs. */
    double[] referred(int i) {
        return referred[order[i]];
    }

    /** Returns the best known state at node i. */
    double[] state(int i) {
        return states[order[i]];
    }

    /** Adds the newest node. If the window is full, the oldest node is dropped. */
    void add(double level, double noise, double[] answer, double[] answerState, double[] state) {
        int last = count < capacity ? count++ : capacity - 1;
        int slot = order[last];
        System.arraycopy(order, 0, order, 1, last);
        order[0] = slot;
        tau[slot] = level;
        sigma[slot] = noise;
        FlowQuadrature free = above[slot];
        above[slot] = next;
        next = free;
        System.arraycopy(answer, 0, answers[slot], 0, dimension);
        System.arraycopy(answerState, 0, referred[slot], 0, dimension);
        System.arraycopy(state, 0, states[slot], 0, dimension);
    }

    /** Replaces D at node i by D at its best known state. */
    void replace(int i, double[] source, int sourceAt) {
        System.arraycopy(source, sourceAt, answer(i), 0, dimension);
        System.arraycopy(state(i), 0, referred(i), 0, dimension);
    }

    /** Converts D at node i along a slope to the best known state. */
    void repair(int i, double slope) {
        double[] own = answer(i);
        double[] from = referred(i);
        double[] to = state(i);
        for (int k = 0; k < dimension; k++) {
            own[k] += slope * (to[k] - from[k]);
        }
        System.arraycopy(to, 0, from, 0, dimension);
    }

    /** Writes the divided differences of D over the first {@code n} nodes at the coordinates v. Order j is in row j. */
    void divide(double[] v, int n, double[][] divided) {
        for (int i = 0; i < n; i++) {
            System.arraycopy(answer(i), 0, divided[i], 0, dimension);
        }
        for (int j = 1; j < n; j++) {
            for (int i = n - 1; i >= j; i--) {
                double inverse = 1 / (v[i] - v[i - j]);
                double[] own = divided[i];
                double[] newer = divided[i - 1];
                for (int k = 0; k < dimension; k++) {
                    own[k] = (own[k] - newer[k]) * inverse;
                }
            }
        }
    }

    /** Returns the distance between node i's best known state and the state to which its D belongs. */
    double drift(int i) {
        return Kernels.distance(state(i), referred(i));
    }
}
