package io.scoreflux.internal;

import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Formats numbers for messages, and converts numbers for JSON mappers, because JSON has no NaN. */
public final class Values {
    private static final int SHOWN = 4;

    private Values() {}

    /** Returns the first {@value #SHOWN} numbers, followed by the total number if there are more. */
    public static String shown(double[] values) {
        String first =
                Arrays.stream(values).limit(SHOWN).mapToObj(Double::toString).collect(Collectors.joining(", "));
        return values.length > SHOWN ? "[" + first + ", ... " + values.length + " numbers]" : "[" + first + "]";
    }

    /** Returns the number, or null if it is NaN or infinite. */
    public static @Nullable Double finiteOrNull(double value) {
        return Double.isFinite(value) ? value : null;
    }

    /** Returns the number, or null if it is absent, NaN or infinite. */
    public static @Nullable Double finiteOrNull(OptionalDouble value) {
        return value.isPresent() ? finiteOrNull(value.getAsDouble()) : null;
    }

    /** Formats a number of bytes with three digits: {@code 812 bytes}, {@code 16.4 MB}; a kB is 1,000 bytes. */
    public static String bytes(long count) {
        String[] units = {"bytes", "kB", "MB", "GB", "TB", "PB"};
        int unit = 0;
        double value = count;
        while (value >= 999.5 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        String pattern = unit == 0 || value >= 99.95 ? "%.0f %s" : value >= 9.995 ? "%.1f %s" : "%.2f %s";
        return String.format(Locale.ROOT, pattern, value, units[unit]);
    }
}
