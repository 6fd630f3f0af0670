package io.scoreflux.cli.option;

import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A file with tensors for an input of a network.
 *
 * @param input the name of the input
 * @param file the file, in NumPy's format
 */
record TensorOption(String input, Path file) {

    /** The rule that a value violates if it is not a name with a file. */
    static String rule(String value) {
        return "must be NAME=FILE.npy, the name of a condition input and a file, was " + ArgumentErrors.shown(value);
    }

    /** Reads {@code NAME=FILE}. */
    static final class Converter implements ITypeConverter<TensorOption> {
        private static final FileName FILES = new FileName();

        @Override
        public TensorOption convert(String value) {
            int at = value.indexOf('=');
            if (at < 1) {
                throw new TypeConversionException(rule(value));
            }
            try {
                return new TensorOption(value.substring(0, at), FILES.convert(value.substring(at + 1)));
            } catch (TypeConversionException e) {
                throw new TypeConversionException(rule(value));
            }
        }
    }
}
