package io.scoreflux.cli.option;

import io.scoreflux.files.text.Decimal;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The notation of numbers on the command line. */
public final class Numbers {
    private Numbers() {}

    /** Makes a parser read doubles in this notation. */
    public static void register(CommandLine parser) {
        Converter converter = new Converter();
        parser.registerConverter(Double.class, converter).registerConverter(double.class, converter);
    }

    /** Parses a number. {@link Double#parseDouble} would also accept 1d, 2f and 0x1p3. */
    private static final class Converter implements ITypeConverter<Double> {
        @Override
        public Double convert(String value) {
            String text = value.strip();
            if (!Decimal.isNumber(text)) {
                throw new TypeConversionException("must be a number, was " + value);
            }
            return Decimal.value(text);
        }
    }
}
