package io.scoreflux.solve;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import org.jspecify.annotations.Nullable;

/**
 * A numeric setting of a solver.
 *
 * @param name the name of the record component that holds the value
 * @param min the least value
 * @param max the largest value of a whole number, or the exclusive upper bound of any other number
 * @param whole whether the value is a whole number, in the range of an int
 * @param defaultValue the default, or null if the setting has none and must be given
 */
public record Setting(
        String name,
        double min,
        double max,
        boolean whole,
        @Nullable Double defaultValue) {

    /** Creates a setting with values in [least, below). */
    public static Setting real(String name, double least, double below, @Nullable Double defaultValue) {
        return new Setting(name, least, below, false, defaultValue);
    }

    /** Creates a setting with whole numbers from {@code least} to {@code most}; {@link Integer#MAX_VALUE} means no upper bound. */
    public static Setting whole(String name, int least, int most, @Nullable Integer defaultValue) {
        return new Setting(name, least, most, true, defaultValue == null ? null : defaultValue.doubleValue());
    }

    /**
     * Checks a value and returns it.
     *
     * @throws IllegalArgumentException if the value is out of range; the message has the name, the range and the value
     */
    public double check(double value) {
        if (!whole) {
            return Require.within(name, value, min, max);
        }
        if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
            throw new InvalidArgumentException(name, "must be a whole number", value);
        }
        return check((int) value);
    }

    /** Checks a whole number and returns it; see {@link #check(double)}. */
    public int check(int value) {
        return max == Integer.MAX_VALUE
                ? Require.atLeast(name, value, (int) min)
                : Require.within(name, value, (int) min, (int) max);
    }

    /** Returns whether a value is in the range. */
    public boolean contains(double value) {
        return value >= min && (whole ? value <= max && value == Math.rint(value) : value < max);
    }

    /** Returns the range in words, such as {@code [1e-14, 1)}, {@code 5 to 100} or {@code at least 10}. */
    public String range() {
        if (!whole) {
            return "[" + shown(min) + ", " + shown(max) + ")";
        }
        return max == Integer.MAX_VALUE ? "at least " + shown(min) : shown(min) + " to " + shown(max);
    }

    private static String shown(double value) {
        return Double.toString(value).replace(".0E", "e").replaceAll("\\.0$", "");
    }

    /**
     * Returns the default of a setting with whole numbers.
     *
     * @throws IllegalStateException if the setting has no default
     */
    public int wholeDefault() {
        Double value = defaultValue;
        if (value == null) {
            throw new InvalidConfigurationException(name, "must have a default", "without one");
        }
        return value.intValue();
    }
}
