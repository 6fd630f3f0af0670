package io.scoreflux.benchmarks;

import java.util.Locale;

/** Formats numbers for tables. */
public final class Figures {
    private Figures() {}

    /** Formats one number with a pattern of {@link String#format} and a decimal point in every locale. */
    public static String format(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }
}
