package io.scoreflux.cli.option;

import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The name of the main output.
 *
 * @param path the file or directory
 * @param isDirectory whether the name ends in a slash
 */
public record OutputName(Path path, boolean isDirectory) {

    /** Converts the value of an option. Rejects an empty name. */
    static final class Converter implements ITypeConverter<OutputName> {
        @Override
        public OutputName convert(String value) {
            if (value.isEmpty()) {
                throw new TypeConversionException(FileName.rule(value));
            }
            return new OutputName(Path.of(value), FileName.isDirectory(value));
        }
    }
}
