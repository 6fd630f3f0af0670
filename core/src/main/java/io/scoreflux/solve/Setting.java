package io.scoreflux.solve;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import org.jspecify.annotations.Nullable;

/**
 * A number that a solver takes.
 *
 * @param name the name of the record component that holds it
 * @param least the least value
 * @param most the largest value of a whole number, or the least value beyond the range of any other
 * @param whole whether it is a whole number, which has at most 32 bits
 * @param defaultValue null if the number must be given
 */
public record Setting(
        String name,
        double least,
        double most,
        boolean whole,
        @Nullable Double defaultValue) {

    /** A number in [least, below). */
    public static Setting real(String name, double least, double below, @Nullable Double defaultValue) {
        return new Setting(name, least, below, false, defaultValue);
    }

    /** A whole number from {@code least} to {@code most}, which is {@link Integer#MAX_VALUE} for no limit. */
    public static Setting whole(String name, int least, int most, @Nullable Integer defaultValue) {
        return new Setting(name, least, most, true, defaultValue == null ? null : defaultValue.doubleValue());
    }

    /**
     * Checks a value.
     *
     * @throws IllegalArgumentException if it is out of range, with the name, the range and the value
     */
    public double check(double value) {
        if (!whole) {
            return Require.within(name, value, least, most);
        }
        if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
            throw new InvalidArgumentException(name, "must be a whole number", value);
        }
        return check((int) value);
    }

    /** {@link #check(double)} for whole numbers. */
    public int check(int value) {
        return most == Integer.MAX_VALUE
                ? Require.atLeast(name, value, (int) least)
                : Require.within(name, value, (int) least, (int) most);
    }

    /** Whether a value is in the range. */
    public boolean contains(double value) {
        return value >= least && (whole ? value <= most && value == Math.rint(value) : value < most);
    }

    /** The range in words: {@code [1e-14, 1)}, {@code 5 to 100}, {@code at least 10}. */
    public String range() {
        if (!whole) {
            return "[" + shown(least) + ", " + shown(most) + ")";
        }
        return most == Integer.MAX_VALUE ? "at least " + shown(least) : shown(least) + " to " + shown(most);
    }

    private static String shown(double value) {
        return Double.toString(value).replace(".0E", "e").replaceAll("\\.0$", "");
    }

    /** The default of a whole number that has one. */
    public int wholeDefault() {
        Double value = defaultValue;
        if (value == null) {
            throw new InvalidConfigurationException(name, "must have a default", "without one");
        }
        return value.intValue();
    }
}
