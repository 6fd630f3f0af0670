package io.scoreflux.logconcave;

import io.scoreflux.internal.expectation.Quantiles;
import java.util.ArrayList;
import java.util.List;

/**
 * An estimate of the expectations of the components of a function of a draw, from several chains; see {@link ProximalSampler#expectation}.
 * Immutable.
 *
 * <p>The half-width of a component is {@code z sqrt((s^2 + r / n) / n)}. s is the standard deviation of its values, n their effective size, and r
 * the square of their range. The term r / n allows for the variance of rare values that have hardly occurred. z is 2.1 for one component. It is 7 per
 * cent above the normal quantile at 95 per cent, because the rule tends to stop when the estimate of the error is low. For k components, z is that of
 * the confidence {@code 1 - 0.05 / k}, so that all intervals hold together.
 */
public final class ChainEstimate {
    private static final double ALPHA = 0.05;

    private final List<Value> values;
    private final Diagnostics.Summary diagnostics;
    private final double within;

    /**
     * The estimate of the expectation of one component.
     *
     * @param value the mean over all draws
     * @param halfWidth the half-width of the interval at 95 per cent, for all components together; infinite if all values are equal, because nothing
     *     is known about values that have not occurred
     * @param effectiveSize the number of independent draws that determine the mean equally well
     * @param splitRhat 1 if the chains agree
     */
    public record Value(double value, double halfWidth, double effectiveSize, double splitRhat) {}

    /**
     * Creates an estimate.
     *
     * @param diagnostics the statistics of the draws, with the components of the function as coordinates
     * @param ranges the range of the values of each component: the largest minus the smallest
     */
    ChainEstimate(Diagnostics.Summary diagnostics, double[] ranges, double within) {
        this.diagnostics = diagnostics;
        this.within = within;
        double z = Quantiles.fixedWidth(ALPHA / ranges.length);
        List<Value> all = new ArrayList<>();
        for (int j = 0; j < ranges.length; j++) {
            ChainMoments.Coordinate component = diagnostics.coordinates().get(j);
            all.add(new Value(
                    component.mean(),
                    ranges[j] > 0 ? z * error(component, ranges[j]) : Double.POSITIVE_INFINITY,
                    component.effectiveSize(),
                    component.splitRhat()));
        }
        this.values = List.copyOf(all);
    }

    private static double error(ChainMoments.Coordinate component, double range) {
        double size = component.effectiveSize();
        return StrictMath.hypot(component.deviation(), range / Math.sqrt(size)) / Math.sqrt(size);
    }

    /** Returns the estimates of the components. */
    public List<Value> values() {
        return values;
    }

    /** Returns the statistics of the draws and the warnings. Its coordinates are the components of the function. */
    public Diagnostics.Summary diagnostics() {
        return diagnostics;
    }

    /** Returns the half-width that was asked for. */
    public double within() {
        return within;
    }

    /**
     * Returns whether each half-width is at most {@link #within()} and there are no warnings: the split R-hat of each component is at most 1.01, its
     * effective size is at least 100 times the number of chains, and few weights were clipped.
     */
    public boolean reached() {
        return values.stream().allMatch(value -> value.halfWidth() <= within)
                && diagnostics.warnings().isEmpty();
    }

    /** Returns {@link #values()}, for JSON mappers. */
    public List<Value> getValues() {
        return values;
    }

    /** Returns {@link #within()}, for JSON mappers. */
    public double getWithin() {
        return within;
    }

    /** Returns {@link #reached()}, for JSON mappers. */
    public boolean isReached() {
        return reached();
    }

    @Override
    public String toString() {
        return "ChainEstimate[values=" + values + ", reached=" + reached() + ", draws=" + diagnostics.draws() + "]";
    }
}
