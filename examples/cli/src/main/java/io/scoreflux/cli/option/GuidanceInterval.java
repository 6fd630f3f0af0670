package io.scoreflux.cli.option;

import io.scoreflux.files.text.Decimal;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The noise levels at which guidance applies: {@code low < sigma <= high}.
 *
 * @param low at least 0
 * @param high greater than {@code low}; may be infinite
 */
record GuidanceInterval(double low, double high) {

    /** The rule that a value violates if it is not an interval. */
    static String rule(String value) {
        return "must be two noise levels LOW,HIGH with 0 <= LOW < HIGH, was " + ArgumentErrors.shown(value)
                + "; write one like 0.2,3";
    }

    /** Reads {@code 0.2,3}. */
    static final class Converter implements ITypeConverter<GuidanceInterval> {
        @Override
        public GuidanceInterval convert(String value) {
            String[] ends = value.split(",", -1);
            if (ends.length == 2) {
                double low = level(ends[0]);
                double high = level(ends[1]);
                if (low >= 0 && low < high) {
                    return new GuidanceInterval(low, high);
                }
            }
            throw new TypeConversionException(rule(value));
        }

        /** A number, or NaN for a text that is none. */
        private static double level(String text) {
            String number = text.strip();
            return Decimal.isNumber(number) ? Decimal.value(number) : Double.NaN;
        }
    }
}
