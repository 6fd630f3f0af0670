package io.scoreflux.cli.option;

import io.scoreflux.Statistic;
import io.scoreflux.error.Violation;
import io.scoreflux.files.text.Names;
import io.scoreflux.files.text.UserError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for the function whose expectation is wanted. */
public final class FunctionOptions {
    private static final String MEAN = "mean";
    private static final String SECOND_MOMENT = "second-moment";
    private static final String INDICATOR = "indicator";
    private static final String SQUARED_NORM = "squared-norm";
    private static final List<String> NAMES = List.of(MEAN, SECOND_MOMENT, INDICATOR, SQUARED_NORM);
    private static final String ONES = "ones";

    @Option(
            names = "--function",
            required = true,
            paramLabel = "NAME",
            description =
                    "mean: E u, where u is a coordinate or a linear function of the sample x. second-moment: E u^2."
                            + " indicator: P(u > T), with --above T. squared-norm: E |x|^2")
    public String function = "";

    @Option(
            names = "--coordinate",
            paramLabel = "J",
            description =
                    "u is coordinate J, from 0; repeatable, with one estimate for each (default: all coordinates)")
    List<Integer> coordinates = new ArrayList<>();

    @Option(
            names = "--direction",
            paramLabel = "V,V,...",
            description = "u = v.x, with one number of v for each coordinate; or ones: u is the sum of all coordinates")
    @Nullable
    String direction;

    @Option(names = "--above", paramLabel = "T", description = "With --function indicator: threshold of u")
    @Nullable
    Double above;

    @Option(
            names = "--bounds",
            paramLabel = "A,B",
            description = "Known range of the function. The interval then allows for values that have not occurred")
    @Nullable
    String bounds;

    @Option(
            names = "--lipschitz",
            paramLabel = "K",
            description = "With second-moment and squared-norm: Lipschitz constant of the function on the data, for the"
                    + " bound on the bias of the solver (default: no bound). Known for mean and indicator")
    @Nullable
    Double lipschitz;

    /**
     * A function of a sample.
     *
     * @param name its name in the output, such as {@code x0 > 1}
     */
    public record Named(String name, Statistic statistic) {}

    /** Checks the options that do not depend on the target. */
    void check() {
        if (!NAMES.contains(function)) {
            throw new UserError("unknown --function '" + function + "'" + Names.hint(function, NAMES) + "; available: "
                    + String.join(", ", NAMES));
        }
        checkArgument();
        if (function.equals(INDICATOR) != (above != null)) {
            throw new UserError(
                    above == null
                            ? "--function indicator requires --above T, the threshold; give both"
                            : "--above applies to --function indicator only; leave it out");
        }
        if (above != null && !Double.isFinite(above)) {
            throw new UserError("--above must be finite, was " + Violation.text(above));
        }
        if (bounds != null) {
            if (function.equals(INDICATOR)) {
                throw new UserError("--bounds does not apply to indicator, whose bounds are 0 and 1; leave it out");
            }
            range(bounds);
        }
        OptionRules.positive("--lipschitz", lipschitz);
        if (lipschitz != null && isLinear()) {
            throw new UserError(
                    "--lipschitz does not apply to " + function + ", whose constant is known; leave it out");
        }
    }

    private void checkArgument() {
        Set<Integer> seen = new HashSet<>();
        for (int coordinate : coordinates) {
            OptionRules.atLeast("--coordinate", coordinate, 0);
            if (!seen.add(coordinate)) {
                throw new UserError("--coordinate " + coordinate + " is given twice; give each coordinate once");
            }
        }
        String given = direction != null ? "--direction" : "--coordinate";
        boolean isGiven = direction != null || !coordinates.isEmpty();
        if (isGiven && function.equals(SQUARED_NORM)) {
            throw new UserError(given + " does not apply to squared-norm, which takes all coordinates; leave it out, or"
                    + " give --function second-moment");
        }
        if (direction == null) {
            return;
        }
        if (!coordinates.isEmpty()) {
            throw new UserError("--direction and --coordinate exclude each other; give one of them");
        }
        if (!direction.equals(ONES)) {
            List<Double> numbers = Numbers.list("--direction", direction);
            if (!(length(numbers) > 0 && length(numbers) < Double.POSITIVE_INFINITY)) {
                throw new UserError("--direction must have finite numbers that are not all 0, was " + direction
                        + "; give one number for each coordinate, as in 1,-1");
            }
        }
    }

    /** Whether u itself is wanted, or the indicator of a half-space. */
    private boolean isLinear() {
        return function.equals(MEAN) || function.equals(INDICATOR);
    }

    /** Whether the function has bounds. */
    boolean isBounded() {
        return bounds != null || function.equals(INDICATOR);
    }

    boolean isIndicator() {
        return function.equals(INDICATOR);
    }

    private static double[] range(String bounds) {
        List<Double> ends = Numbers.list("--bounds", bounds);
        if (ends.size() != 2) {
            throw new UserError("--bounds must be two numbers A,B, was " + bounds);
        }
        double least = ends.get(0);
        double most = ends.get(1);
        if (!(Double.isFinite(least) && Double.isFinite(most) && least < most)) {
            throw new UserError("--bounds must be finite with A < B, was " + bounds);
        }
        return new double[] {least, most};
    }

    private static double length(List<Double> numbers) {
        double length = 0;
        for (double number : numbers) {
            // Squares may overflow.
            length = StrictMath.hypot(length, number);
        }
        return length;
    }

    /** A linear function of a sample, its name, and its Lipschitz constant. */
    private record Linear(String name, ToDoubleFunction<double[]> function, double lipschitz) {}

    /**
     * The functions of a sample.
     *
     * @param biased whether functions with a known Lipschitz constant get a bound on the bias
     */
    List<Named> functions(int dimension, boolean biased) {
        if (function.equals(SQUARED_NORM)) {
            return List.of(named("|x|^2", Statistic.of(x -> dot(x, x)), lipschitz));
        }
        List<Named> all = new ArrayList<>();
        for (Linear u : arguments(dimension)) {
            Double known = biased ? u.lipschitz() : null;
            ToDoubleFunction<double[]> f = u.function();
            all.add(
                    switch (function) {
                        case MEAN -> named(u.name(), Statistic.of(f), known);
                        case SECOND_MOMENT -> {
                            Statistic square = Statistic.of(x -> f.applyAsDouble(x) * f.applyAsDouble(x));
                            yield named(u.name() + "^2", square, lipschitz);
                        }
                        default -> {
                            double border = above == null ? 0 : above;
                            Statistic half = Statistic.indicator(x -> f.applyAsDouble(x) - border);
                            yield named(u.name() + " > " + Violation.text(border), half, known);
                        }
                    });
        }
        return all;
    }

    private Named named(String name, Statistic statistic, @Nullable Double constant) {
        Statistic known = statistic;
        if (bounds != null) {
            double[] ends = range(bounds);
            known = known.bounds(ends[0], ends[1]);
        }
        return new Named(name, constant == null ? known : known.lipschitz(constant));
    }

    private List<Linear> arguments(int dimension) {
        if (direction != null) {
            return List.of(along(direction, dimension));
        }
        List<Integer> chosen = coordinates;
        if (chosen.isEmpty()) {
            chosen = new ArrayList<>();
            for (int j = 0; j < dimension; j++) {
                chosen.add(j);
            }
        }
        List<Linear> all = new ArrayList<>();
        for (int j : chosen) {
            if (j >= dimension) {
                throw new UserError("--coordinate must be at most " + (dimension - 1) + ", as the target has dimension "
                        + dimension + ", was " + j);
            }
            all.add(new Linear("x" + j, x -> x[j], 1));
        }
        return all;
    }

    private static Linear along(String direction, int dimension) {
        if (direction.equals(ONES)) {
            return new Linear("sum", x -> Arrays.stream(x).sum(), Math.sqrt(dimension));
        }
        List<Double> numbers = Numbers.list("--direction", direction);
        if (numbers.size() != dimension) {
            throw new UserError("--direction must have " + dimension + " numbers, the dimension of the target, has "
                    + numbers.size() + "; give one number for each coordinate, or " + ONES);
        }
        double[] v = numbers.stream().mapToDouble(Double::doubleValue).toArray();
        return new Linear("v.x", x -> dot(v, x), length(numbers));
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
