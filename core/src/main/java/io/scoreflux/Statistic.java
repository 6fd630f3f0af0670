package io.scoreflux;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A function of a sample whose expectation is wanted, and what is known about it. Immutable; as thread-safe as its function.
 *
 * <p>With bounds on its values, the interval can be valid for any distribution, even if events are rare. With a Lipschitz constant, the
 * certificates of the samples bound the bias.
 */
public final class Statistic {
    private final ToDoubleFunction<double[]> function;
    private final boolean indicator;
    private final double lower;
    private final double upper;
    private final OptionalDouble lipschitz;

    private Statistic(
            ToDoubleFunction<double[]> function,
            boolean indicator,
            double lower,
            double upper,
            OptionalDouble lipschitz) {
        this.function = Objects.requireNonNull(function, "function");
        this.indicator = indicator;
        this.lower = lower;
        this.upper = upper;
        this.lipschitz = lipschitz;
    }

    /**
     * Returns a function of a sample.
     *
     * @param function a function of the values, which it must not change; finite for every sample
     */
    public static Statistic of(ToDoubleFunction<double[]> function) {
        return new Statistic(
                function, false, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, OptionalDouble.empty());
    }

    /**
     * Returns the indicator of {h > 0}, with bounds 0 and 1. Its expectation is a probability.
     *
     * @param h a function of the values, which it must not change; finite for every sample
     */
    public static Statistic indicator(ToDoubleFunction<double[]> h) {
        return new Statistic(h, true, 0, 1, OptionalDouble.empty());
    }

    /** Returns a coordinate of the sample. {@code coordinate(i).lipschitz(1)} has a bound on the bias. */
    public static Statistic coordinate(int i) {
        Require.atLeast("coordinate", i, 0);
        return of(x -> x[i]);
    }

    /** Returns all coordinates of a sample of the given dimension. Their expectation is the mean. */
    public static List<Statistic> mean(int dimension) {
        List<Statistic> coordinates = new ArrayList<>();
        for (int i = 0; i < dimension; i++) {
            coordinates.add(coordinate(i));
        }
        return coordinates;
    }

    /**
     * Returns the same function with bounds on its values. If a value is outside the bounds, the estimate fails.
     *
     * @param least finite
     * @param most finite, greater than {@code least}
     */
    public Statistic bounds(double least, double most) {
        if (indicator) {
            throw new InvalidConfigurationException(
                    "bounds", "must not be given for an indicator, whose bounds are 0 and 1", least + " and " + most);
        }
        Require.finite("lower", least);
        Require.finite("upper", most);
        if (!(least < most)) {
            throw new InvalidArgumentException(
                    "upper", "must be greater than {lower}", Violation.text(most) + " <= " + Violation.text(least));
        }
        return new Statistic(function, false, least, most, lipschitz);
    }

    /**
     * Returns the same function with a Lipschitz constant in the Euclidean distance: of the function, or of h for an indicator. The estimate
     * then has a bound on the bias, which counts towards the requested half-width. The bound needs error estimates of the certificates that are
     * honest in the mean, and for an indicator honest for the samples with h near 0.
     *
     * @param constant finite and greater than 0
     */
    public Statistic lipschitz(double constant) {
        return new Statistic(
                function, indicator, lower, upper, OptionalDouble.of(Require.positive("lipschitz", constant)));
    }

    boolean isIndicator() {
        return indicator;
    }

    double lower() {
        return lower;
    }

    double upper() {
        return upper;
    }

    OptionalDouble lipschitz() {
        return lipschitz;
    }

    /** Returns the value of the function, or of h for an indicator. */
    double argument(double[] values) {
        return function.applyAsDouble(values);
    }

    /** Returns the value of the statistic from its {@link #argument}. */
    double value(double argument) {
        return indicator ? (argument > 0 ? 1 : 0) : argument;
    }

    /** Returns the rule that a value violates, or null. */
    @Nullable
    String violated(double argument) {
        if (!Double.isFinite(argument)) {
            return "must be finite for every sample, because leaving samples out would bias the expectation";
        }
        double value = value(argument);
        return value < lower || value > upper
                ? "must be in its bounds, " + Violation.text(lower) + " to " + Violation.text(upper)
                : null;
    }
}
