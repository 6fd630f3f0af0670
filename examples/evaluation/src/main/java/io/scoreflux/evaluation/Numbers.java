package io.scoreflux.evaluation;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import java.util.OptionalDouble;

/** Formats numbers for tables. */
final class Numbers {
    /** The cell for a missing number. */
    static final String NONE = "-";

    private Numbers() {}

    /** A tolerance as {@code 1e-4} or {@code 2.5e-5}, a budget as {@code 64}. */
    static String setting(double value) {
        if (value >= 1) {
            return Long.toString(Math.round(value));
        }
        return new DecimalFormat("0.###E0", DecimalFormatSymbols.getInstance(Locale.ROOT))
                .format(value)
                .toLowerCase(Locale.ROOT);
    }

    /** With one decimal. */
    static String calls(double value) {
        return Double.isNaN(value) ? NONE : String.format(Locale.ROOT, "%.1f", value);
    }

    /** Without decimals. */
    static String whole(OptionalDouble value) {
        return value.isPresent() ? Long.toString(Math.round(value.getAsDouble())) : NONE;
    }

    /** A time, without decimals from 10 on. */
    static String microseconds(OptionalDouble value) {
        return value.isPresent()
                ? String.format(Locale.ROOT, value.getAsDouble() < 10 ? "%.1f" : "%.0f", value.getAsDouble())
                : NONE;
    }

    /** With two digits. */
    static String error(double value) {
        return Double.isNaN(value) ? NONE : String.format(Locale.ROOT, "%.1e", value);
    }

    /** A share in per cent, with one decimal. */
    static String percent(OptionalDouble share) {
        return share.isPresent() ? String.format(Locale.ROOT, "%.1f", 100 * share.getAsDouble()) : NONE;
    }
}
