package io.scoreflux.cli.option;

import java.io.File;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts the value of an option to the name of a file. Rejects an empty name and a name that ends in a slash. */
public final class FileName implements ITypeConverter<Path> {

    @Override
    public Path convert(String value) {
        if (value.isEmpty() || isDirectory(value)) {
            throw new TypeConversionException(rule(value));
        }
        return Path.of(value);
    }

    /** The rule that a value violates if it is not a file name. */
    static String rule(String value) {
        if (value.isEmpty()) {
            return "must name a file";
        }
        return "must name a file, " + (isDirectory(value) ? "not a directory, " : "") + "was " + value;
    }

    /** Whether a name ends in a slash. */
    static boolean isDirectory(String value) {
        return value.endsWith("/") || value.endsWith(File.separator);
    }
}
