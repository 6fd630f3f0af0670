package io.scoreflux.cli.option;

import io.scoreflux.files.text.Decimal;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** The notation of numbers on the command line. */
public final class Numbers {
    private Numbers() {}

    /** Makes a parser read doubles in this notation. */
    public static void register(CommandLine parser) {
        parser.registerConverter(Double.class, Numbers::number).registerConverter(double.class, Numbers::number);
    }

    /** Parses a number. {@link Double#parseDouble} would also accept 1d, 2f and 0x1p3. */
    private static double number(String value) {
        String text = value.strip();
        if (!Decimal.isNumber(text)) {
            throw new TypeConversionException("must be a number, was " + value);
        }
        return Decimal.value(text);
    }
}
