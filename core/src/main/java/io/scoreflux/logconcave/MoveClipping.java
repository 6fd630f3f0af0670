package io.scoreflux.logconcave;

import io.scoreflux.internal.reject.BernoulliFactory;

/**
 * Counts the weights of {@link HamiltonianMove}s, and estimates an upper bound on the effect of clipping on the distribution.
 *
 * <p>Let V be a weight given a trajectory, b its bound, u and w the means of (V - b)+ and (-V - b)+, and s the probability of acceptance with
 * clipped weights. Without clipping it would be {@code s e^(u - w)}. If {@code |E V| > b}, this exceeds 1 for the trajectory or for the
 * reversed one. Dividing both by {@code e^(|E V| - b)} restores detailed balance, and the lower one then differs from s by at most
 * {@code 2 w s}. So in total variation a move changes the distribution by at most the mean of {@code s (u + 2 w + e^u - 1 - u)} over
 * trajectories. The estimate is
 *
 * <p>{@code sum max((V - b)+, 2 (-V - b)+) / (2 b) + sum_{k >= 2} (V_1 - b)+ ... (V_k - b)+ / (k! P(Poisson(2 b) >= k))},
 *
 * <p>whose mean is at least that bound; {@link BernoulliFactory#clipping} has the derivation. The smaller b, the fewer moves take weights,
 * and the larger is the variance of the estimate. Not thread-safe.
 */
final class MoveClipping {
    private double bound;
    private int taken;
    private double product;
    private long weights;
    private long overflows;
    private double sum;

    /** Sets all counts to 0. */
    void countFromHere() {
        weights = 0;
        overflows = 0;
        sum = 0;
    }

    /** Begins the weights of a trajectory. */
    void begin(double boundOfWeights) {
        bound = boundOfWeights;
        taken = 0;
        product = 1;
    }

    /** Counts the next weight. */
    void saw(double weight) {
        weights++;
        taken++;
        double above = Math.max(0, weight - bound);
        double below = Math.max(0, -weight - bound);
        if (above > 0 || below > 0) {
            overflows++;
            sum += Math.min(BernoulliFactory.MOST, Math.max(above, 2 * below) / (2 * bound));
        }
        product *= above;
        if (product > 0 && taken > 1) {
            sum += Math.min(BernoulliFactory.MOST, product / BernoulliFactory.orderings(bound, taken));
        }
    }

    long weights() {
        return weights;
    }

    long overflows() {
        return overflows;
    }

    /** Returns the estimate. Its mean over chains, summed over moves, is at least the effect of clipping; that of one chain is not a bound. */
    double bound() {
        return sum;
    }
}
