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
 * What a solver found with a pilot, as plain values: {@link Solver#place} makes one, {@link Solver#placed} takes it. A plan keeps it
 * without knowing the solver. It can be serialized, and read and written as JSON.
 *
 * @param solver the name of the solver that made it and reads it
 * @param purpose the settings that it was made for, in words: "a budget of 12 calls"
 * @param result the result, in words that continue the purpose; may be empty
 * @param values the result: texts, numbers and lists of numbers under names that the solver chooses. Numbers are kept as {@code Long} or
 *     {@code Double}, lists as lists of {@code Double}; all are finite
 */
public record Placement(String solver, String purpose, String result, Map<String, Object> values)
        implements Serializable {

    /** Checks and copies. */
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

    /** The text of a name; fails if there is none. */
    public String text(String name) {
        return value(name, String.class);
    }

    /** The number of a name; fails if there is none. */
    public double number(String name) {
        return value(name, Number.class).doubleValue();
    }

    /** The list of a name; fails if there is none. */
    @SuppressWarnings("unchecked") // The constructor copies lists as such.
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
