package io.scoreflux;

import io.scoreflux.error.FunctionFailedException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Computes the values of the statistics of a sample.
 *
 * @param radius the radius of the data, the unit of the certificates' errors
 */
record SampleValues(List<Statistic> statistics, double radius) {

    /**
     * Returns the arguments of the statistics; see {@link Statistic#argument}.
     *
     * @throws io.scoreflux.error.SampleFailedException if the sample failed
     * @throws FunctionFailedException if a function throws or violates a rule
     */
    double[] arguments(Sample sample) {
        double[] values = sample.values();
        double[] arguments = new double[statistics.size()];
        for (int j = 0; j < arguments.length; j++) {
            Statistic statistic = statistics.get(j);
            try {
                arguments[j] = statistic.argument(values);
            } catch (RuntimeException e) {
                throw failed(sample, j, "must not throw an exception", e, e);
            }
            String violated = statistic.violated(arguments[j]);
            if (violated != null) {
                throw failed(sample, j, violated, arguments[j], null);
            }
        }
        return arguments;
    }

    private static FunctionFailedException failed(
            Sample sample, int j, String rule, Object value, @Nullable RuntimeException cause) {
        return new FunctionFailedException(
                sample.index(),
                Violation.of(
                        Require.element("statistics", j),
                        rule,
                        value,
                        "define its value for such samples",
                        "use Sampler.samples(" + sample.index() + ", " + (sample.index() + 1) + ") to see the sample"),
                cause);
    }

    /** Returns the values of the statistics from their arguments. */
    double[] values(double[] arguments) {
        double[] values = new double[arguments.length];
        for (int j = 0; j < values.length; j++) {
            values[j] = statistics.get(j).value(arguments[j]);
        }
        return values;
    }

    /** Returns the estimated error of a sample in the units of the data; 0 if no statistic needs it. */
    double error(Sample sample) {
        if (statistics.stream().allMatch(each -> each.lipschitz().isEmpty())) {
            return 0;
        }
        double error = sample.certificate().error().orElse(Double.NaN);
        if (!Double.isFinite(error)) {
            throw new InvalidConfigurationException(
                    "the certificate of sample " + sample.index(),
                    "must have an error estimate for the bound on the bias",
                    sample.certificate().status(),
                    "omit the Lipschitz constants");
        }
        return error * radius;
    }
}
