package io.scoreflux.logconcave;

import io.scoreflux.error.FunctionFailedException;
import io.scoreflux.error.Violation;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Computes a function of draws, and the statistics of its components. Used by one subscription, whose signals are serial. */
final class ChainFunction {
    private final Function<double[], double[]> function;
    private final int firstChain;
    private final int chains;
    private double[] least = {};
    private double[] most = {};
    private @Nullable Diagnostics diagnostics;

    ChainFunction(Function<double[], double[]> function, int firstChain, int chains) {
        this.function = function;
        this.firstChain = firstChain;
        this.chains = chains;
    }

    /**
     * Adds a draw.
     *
     * @throws io.scoreflux.error.SampleFailedException if the draw failed
     * @throws FunctionFailedException if the function throws or violates a rule
     */
    void add(Draw draw) {
        double[] values = values(draw);
        Diagnostics all = diagnostics;
        if (all == null) {
            least = values.clone();
            most = values.clone();
            all = new Diagnostics(firstChain, chains, values.length);
            diagnostics = all;
        }
        for (int j = 0; j < values.length; j++) {
            least[j] = Math.min(least[j], values[j]);
            most[j] = Math.max(most[j], values[j]);
        }
        all.add(draw, values);
    }

    private double[] values(Draw draw) {
        double[] state = draw.values();
        double[] values;
        try {
            values = function.apply(state);
        } catch (RuntimeException e) {
            throw failed(draw, "must not throw an exception", e, e);
        }
        if (values == null || values.length == 0) {
            throw failed(draw, "must return at least one number", values == null ? "null" : "none", null);
        }
        if (diagnostics != null && values.length != least.length) {
            throw failed(
                    draw, "must return as many numbers as for the first draw, " + least.length, values.length, null);
        }
        for (double value : values) {
            if (!Double.isFinite(value)) {
                throw failed(draw, "must return finite numbers", value, null);
            }
        }
        return values;
    }

    private static FunctionFailedException failed(
            Draw draw, String rule, Object value, @Nullable RuntimeException cause) {
        return new FunctionFailedException(
                draw.index(), Violation.of("function", rule, value, "define its value for such draws"), cause);
    }

    /** Returns the estimate from the draws so far, of which there is at least one. */
    ChainEstimate estimate(double within) {
        double[] ranges = new double[least.length];
        Arrays.setAll(ranges, j -> most[j] - least[j]);
        return new ChainEstimate(Objects.requireNonNull(diagnostics).summary(), ranges, within);
    }
}
