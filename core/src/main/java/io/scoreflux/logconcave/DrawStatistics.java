package io.scoreflux.logconcave;

import io.scoreflux.internal.Values;
import org.jspecify.annotations.Nullable;

/**
 * The cost of a draw.
 *
 * @param steps proximal steps after burn-in. Hamiltonian moves do not count: with moves, every fourth step of a chain contains a proximal step
 * @param gradients evaluations after burn-in
 * @param burnInGradients evaluations in burn-in and in the probe before it, for the first draw of a chain; otherwise 0
 * @param proposals proposals of the Bernoulli factory
 * @param weights weights of the proposals, and of Hamiltonian moves
 * @param overflows weights whose absolute value exceeds their bound, which is B for proposals
 * @param clipping the contribution to the clipping bound: {@code sum (|W| - B)+ / (2 B)}, plus a term for proposals and moves with several
 *     weights above B. Weights of moves below -B count twice. Its mean over chains, summed over draws, is at least the total variation distance
 *     that clipping causes; the value of one chain is not a bound. If the bounds of moves are so small that hardly any move takes weights, the
 *     mean of few draws is not reliable
 * @param eta the step size of the chain
 */
public record DrawStatistics(
        long steps,
        long gradients,
        long burnInGradients,
        long proposals,
        long weights,
        long overflows,
        double clipping,
        double eta) {
    /** The statistics of a draw that did not start. */
    public static final DrawStatistics NONE = new DrawStatistics(0, 0, 0, 0, 0, 0, 0, Double.NaN);

    /** Returns the clipping for JSON mappers, or null if it is infinite. */
    public @Nullable Double getClipping() {
        return Values.finiteOrNull(clipping);
    }

    /** Returns the step size for JSON mappers, or null if the draw did not start. */
    public @Nullable Double getEta() {
        return Values.finiteOrNull(eta);
    }
}
