package io.scoreflux.logconcave;

import io.scoreflux.internal.Values;
import org.jspecify.annotations.Nullable;

/**
 * What a draw took.
 *
 * @param steps proximal steps, those of burn-in not among them
 * @param gradients evaluations, those of burn-in not among them
 * @param burnInGradients evaluations of burn-in and of the probe before it, which the first draw of a chain carries; else 0
 * @param proposals proposals of the factory
 * @param weights weights that the factory saw
 * @param overflows weights beyond the bound
 * @param clipping {@code sum expm1((|W| - B)+) / (2 B)}: its mean over chains, added up over draws, bounds what clipping may have cost the
 *     law in total variation; the value of one chain bounds nothing
 * @param eta the chain's step
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
    /** Of a draw that was not begun. */
    public static final DrawStatistics NONE = new DrawStatistics(0, 0, 0, 0, 0, 0, 0, Double.NaN);

    /** The share of clipping for JSON mappers, or null if it is infinite. */
    public @Nullable Double getClipping() {
        return Values.finiteOrNull(clipping);
    }

    /** The step for JSON mappers, or null for a draw that did not start. */
    public @Nullable Double getEta() {
        return Values.finiteOrNull(eta);
    }
}
