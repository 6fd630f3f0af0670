package io.scoreflux;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.expectation.BiasBound;
import io.scoreflux.internal.expectation.MeanSettings;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** The bounds on the biases of the statistics, for those that have a Lipschitz constant. */
final class BiasBounds {
    /** From the samples at the check to a million. */
    private static final double MOST_GROWTH = 1000;

    private final MeanSettings[] settings;
    private final @Nullable BiasBound[] bounds;

    BiasBounds(List<Statistic> statistics, MeanSettings[] settings) {
        this.settings = settings;
        this.bounds = new BiasBound[settings.length];
        for (int j = 0; j < bounds.length; j++) {
            OptionalDouble constant = statistics.get(j).lipschitz();
            double alpha = settings[j].biasAlpha();
            if (constant.isPresent()) {
                bounds[j] = statistics.get(j).isIndicator()
                        ? BiasBound.indicator(constant.getAsDouble(), settings[j].within(), alpha)
                        : BiasBound.lipschitz(constant.getAsDouble(), alpha);
            }
        }
    }

    /** Adds a sample: the arguments of the statistics, and its error in the units of the data. */
    void add(double[] arguments, double error) {
        for (int j = 0; j < bounds.length; j++) {
            BiasBound bound = bounds[j];
            if (bound != null) {
                bound.add(arguments[j], error);
            }
        }
    }

    /** Returns the bound of a statistic, or empty. */
    OptionalDouble of(int j) {
        BiasBound bound = bounds[j];
        return bound == null ? OptionalDouble.empty() : OptionalDouble.of(bound.bound());
    }

    /** Returns the half-width that the bias leaves for the statistical error; negative if it leaves none. */
    double room(int j) {
        BiasBound bound = bounds[j];
        return settings[j].within() - (bound == null ? 0 : bound.bound());
    }

    /** Returns the room when there are {@code growth} times as many samples, if they are like those so far. */
    double roomAfter(int j, double growth) {
        BiasBound bound = bounds[j];
        return settings[j].within() - (bound == null ? 0 : bound.boundAfter(growth));
    }

    /** Requires that more samples can make room. A few samples with very large errors make the bound too large for any number of samples. */
    void check() {
        for (int j = 0; j < bounds.length; j++) {
            BiasBound bound = bounds[j];
            if (bound != null && bound.boundAfter(MOST_GROWTH) >= settings[j].within()) {
                throw new InvalidConfigurationException(
                        Require.element("within", j),
                        "must be greater than the bound on the bias, " + Violation.text(bound.bound()),
                        settings[j].within(),
                        "lower the {tolerance} of the solver",
                        "raise {within}");
            }
        }
    }
}
