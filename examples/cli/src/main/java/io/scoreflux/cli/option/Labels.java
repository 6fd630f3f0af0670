package io.scoreflux.cli.option;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Classes that samples take in turn, in the order of their indices.
 *
 * @param classes at least one
 */
record Labels(List<Integer> classes) {

    /** The class of sample {@code index}. */
    int of(long index) {
        return classes.get((int) (index % classes.size()));
    }

    /** Whether samples differ in class. */
    boolean isSeveral() {
        return classes.size() > 1;
    }

    /** The rule that a value violates if it is not a list of classes. */
    static String rule(String value) {
        return "must be a whole number, or several such as 0,1,2, was " + ArgumentErrors.shown(value);
    }

    /** Reads {@code 3} and {@code 0,1,2}. */
    static final class Converter implements ITypeConverter<Labels> {
        @Override
        public Labels convert(String value) {
            List<Integer> classes = new ArrayList<>();
            for (String one : value.split(",", -1)) {
                try {
                    classes.add(Integer.valueOf(one));
                } catch (NumberFormatException e) {
                    throw new TypeConversionException(rule(value));
                }
            }
            return new Labels(classes);
        }
    }
}
