package io.scoreflux.solve;

import io.scoreflux.error.InvalidArgumentException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The result of a solver's pilot run, as plain values. {@link Solver#place} creates it, and {@link Solver#placed} uses it. A plan stores it in
 * a form that does not depend on the solver. It is serializable, and can be written to JSON and read from it.
 *
 * @param solver the name of the solver that created it and can use it
 * @param purpose the settings to which it applies, in words, for example "a budget of 12 calls"
 * @param result a description of the result that continues the purpose; may be empty
 * @param values the result: texts, numbers and lists of numbers under names that the solver chooses. Integers are stored as {@code Long}, other
 *     numbers as {@code Double}, and lists as lists of {@code Double}. All numbers are finite
 */
public record Placement(String solver, String purpose, String result, Map<String, Object> values)
        implements Serializable {

    /**
     * Checks and copies the values.
     *
     * @throws IllegalArgumentException if a value is neither a text nor a finite number nor a list of finite numbers
     */
    public Placement {
        Objects.requireNonNull(solver, "solver");
        Objects.requireNonNull(purpose, "purpose");
        Objects.requireNonNull(result, "result");
        Map<String, Object> copy = new TreeMap<>();
        Objects.requireNonNull(values, "values").forEach((name, value) -> copy.put(name, plain(name, value)));
        values = Collections.unmodifiableMap(copy);
    }

    private static Object plain(String name, @Nullable Object value) {
        if (value instanceof String) {
            return value;
        }
        if (value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        if (value instanceof List<?> list) {
            List<Double> numbers = new ArrayList<>(list.size());
            for (Object entry : list) {
                numbers.add(finite(name, entry));
            }
            return Collections.unmodifiableList(numbers);
        }
        return finite(name, value);
    }

    private static double finite(String name, @Nullable Object value) {
        if (!(value instanceof Number number) || !Double.isFinite(number.doubleValue())) {
            throw new InvalidArgumentException(
                    name, "must be a text, a finite number, or a list of finite numbers", String.valueOf(value));
        }
        return number.doubleValue();
    }

    /**
     * Returns the text with the given name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public String text(String name) {
        return value(name, String.class);
    }

    /**
     * Returns the number with the given name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public double number(String name) {
        return value(name, Number.class).doubleValue();
    }

    /**
     * Returns the list with the given name.
     *
     * @throws IllegalArgumentException if there is none
     */
    @SuppressWarnings("unchecked") // The constructor stores lists as List<Double>.
    public List<Double> numbers(String name) {
        return (List<Double>) value(name, List.class);
    }

    private <T> T value(String name, Class<T> type) {
        Object value = values.get(name);
        if (!type.isInstance(value)) {
            throw new InvalidArgumentException(
                    "plan",
                    "must hold '" + name + "' for the solver " + solver + ", a "
                            + type.getSimpleName().toLowerCase(Locale.ROOT),
                    String.valueOf(value),
                    "make a plan with this solver");
        }
        return type.cast(value);
    }
}
