package io.scoreflux.logconcave;

import io.scoreflux.error.FunctionFailedException;
import io.scoreflux.error.Violation;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Computes a function of draws, and the statistics of its components. Used by one subscription, whose signals are serial. */
final class ChainFunction {
    private final Function<double[], double[]> function;
    private final int firstChain;
    private final int chains;
    private @Nullable Diagnostics diagnostics;
    private int components;

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
            components = values.length;
            all = new Diagnostics(firstChain, chains, values.length);
            diagnostics = all;
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
        if (diagnostics != null && values.length != components) {
            throw failed(draw, "must return as many numbers as for the first draw, " + components, values.length, null);
        }
        for (double value : values) {
            if (!Double.isFinite(value)) {
                throw failed(draw, "must return finite numbers", value, null);
            }
        }
        return values.clone();
    }

    private static FunctionFailedException failed(
            Draw draw, String rule, Object value, @Nullable RuntimeException cause) {
        return new FunctionFailedException(
                draw.index(), Violation.of("function", rule, value, "define its value for such draws"), cause);
    }

    /** Returns the statistics of the draws so far, of which there is at least one. */
    Diagnostics.Summary summary() {
        return Objects.requireNonNull(diagnostics).summary();
    }
}
