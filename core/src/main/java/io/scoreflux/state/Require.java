package io.scoreflux.state;

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
            throw new IllegalArgumentException(name + " must be finite and greater than 0, was " + value);
        }
        return value;
    }

    /** Greater than zero, and at most {@link #LONGEST}. */
    public static Duration positive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " must be greater than 0, was " + value);
        }
        if (value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + " must be at most " + LONGEST + ", a hundred years, was " + value
                    + "; give a shorter time or leave it out");
        }
        return value;
    }

    /** Neither infinite nor NaN. */
    public static double finite(String name, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(name + " must be finite, was " + value);
        }
        return value;
    }

    /** In the half-open interval [from, below). */
    public static double within(String name, double value, double from, double below) {
        if (!(value >= from && value < below)) {
            throw new IllegalArgumentException(name + " must be in [" + from + ", " + below + "), was " + value);
        }
        return value;
    }

    /** In the closed interval [least, most]. */
    public static int within(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    name + " must be at least " + least + " and at most " + most + ", was " + value);
        }
        return value;
    }

    /** At least {@code least}. */
    public static int atLeast(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ", was " + value);
        }
        return value;
    }

    /** At least {@code least}. */
    public static long atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ", was " + value);
        }
        return value;
    }

    /** All present and finite; a copy that cannot be modified. */
    public static List<Double> finite(String name, List<Double> values) {
        Objects.requireNonNull(values, name);
        for (int i = 0; i < values.size(); i++) {
            Double value = values.get(i);
            if (value == null || !Double.isFinite(value)) {
                throw new IllegalArgumentException(name + " must be finite numbers, entry " + i + " was " + value);
            }
        }
        return List.copyOf(values);
    }

    /** Of the given length, all finite; not modified. */
    public static double[] finiteRow(String name, double[] row, int dimension) {
        if (Objects.requireNonNull(row, name).length != dimension) {
            throw new IllegalArgumentException(
                    name + " must have " + dimension + " numbers like the others, has " + row.length);
        }
        for (int i = 0; i < row.length; i++) {
            if (!Double.isFinite(row[i])) {
                throw new IllegalArgumentException(name + " must be finite, entry " + i + " was " + row[i]);
            }
        }
        return row;
    }

    /**
     * Requires an optional library.
     *
     * @param user the class that needs it
     * @param library its name
     * @param type a class of it
     * @param coordinates of the tested version, as in Maven and Gradle
     * @param module its name on the module path
     * @throws IllegalStateException if the library is missing
     */
    public static void library(String user, String library, String type, String coordinates, String module) {
        try {
            Class.forName(type, false, Require.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(
                    user + " takes " + library + ", which is not on the class path or module path; add " + coordinates
                            + " to the dependencies, and in a modular application 'requires " + module
                            + ";' to its module-info.java",
                    e);
        }
    }
}
