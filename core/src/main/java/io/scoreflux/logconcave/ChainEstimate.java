package io.scoreflux.logconcave;

import io.scoreflux.internal.Require;
import io.scoreflux.internal.expectation.Quantiles;
import java.util.Objects;

/**
 * An estimate of the expectations of the components of a function of a draw, from several chains; see {@link ProximalSampler#expectation}.
 *
 * @param components the statistics of the function's values: {@link Diagnostics.Summary#coordinates} has mean, standard deviation, effective size
 *     and split R-hat of each component. The other statistics are those of the draws
 * @param confidence the probability that all intervals contain their expectations
 * @param within the half-width that was asked for
 */
public record ChainEstimate(Diagnostics.Summary components, double confidence, double within) {
    /** Checks the ranges. */
    public ChainEstimate {
        Objects.requireNonNull(components, "components");
        Require.within("confidence", confidence, 0, 1);
        Require.positive("within", within);
    }

    /** Returns the estimate of the expectation of component j: its mean over all draws. */
    public double value(int j) {
        return component(j).mean();
    }

    /**
     * Returns the half-width of the interval of component j: z times {@code deviation / sqrt(effective size)}. z is 2.1 at 95 per cent and for one
     * component. It is 7 per cent above the normal quantile, because the rule tends to stop when the estimate of the error is low. For k components,
     * z is that of the confidence {@code 1 - (1 - confidence) / k}, so that all intervals hold together.
     */
    public double halfWidth(int j) {
        int k = components.coordinates().size();
        return Quantiles.fixedWidth((1 - confidence) / k) * component(j).standardError();
    }

    /**
     * Returns whether the intervals may be relied on and are narrow enough: each half-width is at most {@link #within()}, the split R-hat of each
     * component is at most 1.01, and its effective size is at least 100 times the number of chains.
     */
    public boolean reached() {
        for (int j = 0; j < components.coordinates().size(); j++) {
            if (!(halfWidth(j) <= within)) {
                return false;
            }
        }
        return components.mixed();
    }

    private ChainMoments.Coordinate component(int j) {
        return components
                .coordinates()
                .get(Require.within("component", j, 0, components.coordinates().size() - 1));
    }
}
