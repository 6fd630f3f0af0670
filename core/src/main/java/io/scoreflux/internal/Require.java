package io.scoreflux.internal;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** Checks of arguments that return the checked value. Messages contain the name, the rule and the value. */
public final class Require {
    /** A hundred years. A 64-bit clock of nanoseconds holds 292 years, and the current time uses some of them. */
    public static final Duration MAX_DURATION = Duration.ofDays(36_500);

    private Require() {}

    /** Requires a finite number greater than zero. */
    public static double positive(String name, double value) {
        if (!(value > 0) || value == Double.POSITIVE_INFINITY) {
            throw new InvalidArgumentException(name, "must be finite and greater than 0", value);
        }
        return value;
    }

    /** Requires a duration greater than zero and at most {@link #MAX_DURATION}. */
    public static Duration positive(String name, Duration value) {
        Objects.requireNonNull(value, name);
        if (value.isNegative() || value.isZero()) {
            throw new InvalidArgumentException(name, "must be greater than 0", value);
        }
        if (value.compareTo(MAX_DURATION) > 0) {
            throw new InvalidArgumentException(
                    name,
                    "must be at most " + MAX_DURATION + ", a hundred years",
                    value,
                    "give a shorter time or leave it out");
        }
        return value;
    }

    /** Requires a finite number. */
    public static double finite(String name, double value) {
        if (!Double.isFinite(value)) {
            throw new InvalidArgumentException(name, "must be finite", value);
        }
        return value;
    }

    /** Requires a number in the half-open interval [from, below). */
    public static double within(String name, double value, double from, double below) {
        if (!(value >= from && value < below)) {
            throw new InvalidArgumentException(
                    name, "must be in [" + Violation.text(from) + ", " + Violation.text(below) + ")", value);
        }
        return value;
    }

    /** Requires a number in the closed interval [least, most]. */
    public static int within(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new InvalidArgumentException(name, "must be at least " + least + " and at most " + most, value);
        }
        return value;
    }

    /** Requires a number of at least {@code least}. */
    public static int atLeast(String name, int value, int least) {
        return (int) atLeast(name, (long) value, least);
    }

    /** Requires a number of at least {@code least}. */
    public static long atLeast(String name, long value, long least) {
        if (value < least) {
            throw new InvalidArgumentException(name, "must be at least " + least, value);
        }
        return value;
    }

    /** Requires at least {@code least} entries. */
    public static int entries(String name, int count, int least) {
        if (count < least) {
            throw new InvalidArgumentException(
                    name, "must have at least " + least + (least == 1 ? " entry" : " entries"), count);
        }
        return count;
    }

    /**
     * Requires finite numbers and no nulls.
     *
     * @return an unmodifiable copy
     */
    public static List<Double> finite(String name, List<Double> values) {
        Objects.requireNonNull(values, name);
        for (int i = 0; i < values.size(); i++) {
            Double value = values.get(i);
            if (value == null || !Double.isFinite(value)) {
                throw new InvalidArgumentException(element(name, i), "must be finite", String.valueOf(value));
            }
        }
        return List.copyOf(values);
    }

    /**
     * Requires {@code dimension} finite numbers.
     *
     * @return the given array
     */
    public static double[] finiteRow(String name, double[] row, int dimension) {
        if (Objects.requireNonNull(row, name).length != dimension) {
            throw new InvalidArgumentException(name, "must have " + dimension + " numbers", row.length);
        }
        for (int i = 0; i < row.length; i++) {
            if (!Double.isFinite(row[i])) {
                throw new InvalidArgumentException(element(name, i), "must be finite", row[i]);
            }
        }
        return row;
    }

    /** Requires numbers after the first that are at least 0 and less than the previous number. */
    public static void descending(String name, double... values) {
        for (int i = 1; i < values.length; i++) {
            if (!(values[i] >= 0 && values[i] < values[i - 1])) {
                throw new InvalidArgumentException(
                        element(name, i),
                        "must be at least 0 and less than the previous value",
                        Violation.text(values[i]) + " after " + Violation.text(values[i - 1]));
            }
        }
    }

    /** Returns the identifier of an element of a setting, {@code name[index]}. */
    public static String element(String name, int index) {
        return name + "[" + index + "]";
    }

    /**
     * Requires an optional library.
     *
     * @param user the class that uses the library
     * @param library the name of the library
     * @param type a class of the library
     * @param coordinates the Maven coordinates of the tested version
     * @param module the name of the library on the module path
     * @throws InvalidConfigurationException if the library is missing
     */
    public static void library(String user, String library, String type, String coordinates, String module) {
        try {
            Class.forName(type, false, Require.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new InvalidConfigurationException(
                    Violation.of(
                            user,
                            "needs " + library + ", which is not on the class path or module path",
                            null,
                            "add " + coordinates + " to the dependencies, and in a modular application 'requires "
                                    + module + ";' to its module-info.java"),
                    e);
        }
    }
}
