package io.scoreflux.benchmarks;

import java.util.Locale;

/** Numbers as the tables show them. */
public final class Figures {
    private Figures() {}

    /** One number by a pattern of {@link String#format}, with a decimal point in every language. */
    public static String format(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }
}
