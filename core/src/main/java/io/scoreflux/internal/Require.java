package io.scoreflux.internal;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** Checks of arguments that return the value they checked; every message gives name, rule and value. */
public final class Require {
    /** A hundred years: clocks count nanoseconds in 64 bits, which hold 292, and the time of day takes some of them. */
    public static final Duration LONGEST = Duration.ofDays(36_500);

    private Require() {}

    /** Finite and greater than zero. */
    public static double positive(String name, double value) {
        if (!(value > 0) || value == Double.POSITIVE_INFINITY) {
            throw new InvalidArgumentException(name, "must be finite and greater than 0", value);
        }
        return value;
    }

    /** Greater than zero, and at most {@link #LONGEST}. */
    public static Duration positive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new InvalidArgumentException(name, "must be greater than 0", value);
        }
        if (value.compareTo(LONGEST) > 0) {
            throw new InvalidArgumentException(
                    name,
                    "must be at most " + LONGEST + ", a hundred years",
                    value,
                    "give a shorter time or leave it out");
        }
        return value;
    }

    /** Neither infinite nor NaN. */
    public static double finite(String name, double value) {
        if (!Double.isFinite(value)) {
            throw new InvalidArgumentException(name, "must be finite", value);
        }
        return value;
    }

    /** In the half-open interval [from, below). */
    public static double within(String name, double value, double from, double below) {
        if (!(value >= from && value < below)) {
            throw new InvalidArgumentException(
                    name, "must be in [" + Violation.text(from) + ", " + Violation.text(below) + ")", value);
        }
        return value;
    }

    /** In the closed interval [least, most]. */
    public static int within(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new InvalidArgumentException(name, "must be at least " + least + " and at most " + most, value);
        }
        return value;
    }

    /** At least {@code least}. */
    public static int atLeast(String name, int value, int least) {
        return (int) atLeast(name, (long) value, least);
    }

    /** At least {@code least}. */
    public static long atLeast(String name, long value, long least) {
        if (value < least) {
            throw new InvalidArgumentException(name, "must be at least " + least, value);
        }
        return value;
    }

    /** At least {@code least} entries. */
    public static int entries(String name, int count, int least) {
        if (count < least) {
            throw new InvalidArgumentException(
                    name, "must have at least " + least + (least == 1 ? " entry" : " entries"), count);
        }
        return count;
    }

    /** All present and finite; a copy that cannot be modified. */
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

    /** Of the given length, all finite; not modified. */
    public static double[] finiteRow(String name, double[] row, int dimension) {
        if (Objects.requireNonNull(row, name).length != dimension) {
            throw new InvalidArgumentException(name, "must have " + dimension + " numbers like the others", row.length);
        }
        for (int i = 0; i < row.length; i++) {
            if (!Double.isFinite(row[i])) {
                throw new InvalidArgumentException(element(name, i), "must be finite", row[i]);
            }
        }
        return row;
    }

    /** At least 0 and each below the one before. */
    public static void descending(String name, double... values) {
        for (int i = 1; i < values.length; i++) {
            if (!(values[i] >= 0 && values[i] < values[i - 1])) {
                throw new InvalidArgumentException(
                        element(name, i),
                        "must be at least 0 and below the one before",
                        Violation.text(values[i]) + " after " + Violation.text(values[i - 1]));
            }
        }
    }

    /** The identifier of an element of a setting, {@code name[index]}. */
    public static String element(String name, int index) {
        return name + "[" + index + "]";
    }

    /**
     * Requires an optional library.
     *
     * @param user the class that needs it
     * @param library its name
     * @param type a class of it
     * @param coordinates of the tested version, as in Maven and Gradle
     * @param module its name on the module path
     * @throws InvalidConfigurationException if the library is missing
     */
    public static void library(String user, String library, String type, String coordinates, String module) {
        try {
            Class.forName(type, false, Require.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new InvalidConfigurationException(
                    Violation.of(
                            user,
                            "takes " + library + ", which is not on the class path or module path",
                            null,
                            "add " + coordinates + " to the dependencies, and in a modular application 'requires "
                                    + module + ";' to its module-info.java"),
                    e);
        }
    }
}
