package io.scoreflux.cli.option;

import io.scoreflux.files.text.Decimal;
import io.scoreflux.files.text.UserError;
import java.util.List;
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

    /** The numbers of a list that is separated by commas. */
    static List<Double> list(String option, String list) {
        return parts(option, list).stream()
                .map(part -> Decimal.parse(option, part))
                .toList();
    }

    /** The entries of a list that is separated by commas. */
    static List<String> parts(String option, String list) {
        List<String> parts = List.of(list.split(",", -1));
        if (parts.contains("")) {
            throw new UserError(option + " must be a list such as a,b,c without empty entries, was '" + list + "'");
        }
        return parts;
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
