package io.scoreflux.logconcave;

import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The state of a chain after a draw. From it, the chain can continue in another stream with bit-identical draws. It is valid for the
 * target, seed and settings of its sampler only. States are equal if all of their numbers are equal.
 *
 * @param chain the index of the chain, at least 0
 * @param origin a hash that identifies the coordinates, term, seed and settings of the sampler
 * @param step the number of steps made, at least 1
 * @param position the draw, in the chain's coordinates
 * @param anchor the last point of linearisation
 * @param gradient the gradient at the anchor
 * @param eta the step size
 * @param slope the mean slope of the gradient in excess of the modelled curvature
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by contents.
public record ChainState(
        int chain,
        int origin,
        long step,
        double[] position,
        double[] anchor,
        double[] gradient,
        double eta,
        double slope)
        implements Serializable {
    /** Checks the ranges and copies the arrays. */
    public ChainState {
        Require.atLeast("chain", chain, 0);
        Require.atLeast("step", step, 1);
        position = Require.finiteRow("position", position, position.length).clone();
        anchor = Require.finiteRow("anchor", anchor, position.length).clone();
        gradient = Require.finiteRow("gradient", gradient, position.length).clone();
        Require.positive("eta", eta);
        Require.finite("slope", slope);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ChainState that
                && chain == that.chain
                && origin == that.origin
                && step == that.step
                && Arrays.equals(position, that.position)
                && Arrays.equals(anchor, that.anchor)
                && Arrays.equals(gradient, that.gradient)
                && Double.compare(eta, that.eta) == 0
                && Double.compare(slope, that.slope) == 0;
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                chain,
                origin,
                step,
                Arrays.hashCode(position),
                Arrays.hashCode(anchor),
                Arrays.hashCode(gradient),
                eta,
                slope);
    }

    @Override
    public String toString() {
        return "ChainState[chain=" + chain + ", step=" + step + ", position=" + Values.shown(position) + ", eta=" + eta
                + ", slope=" + slope + "]";
    }
}
