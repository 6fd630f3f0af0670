package io.scoreflux.cli;

import java.util.regex.Pattern;
import tools.jackson.core.io.NumberOutput;

/** Numbers as text. */
final class Decimal {
    private static final Pattern DECIMAL = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    private static final Pattern NOT_FINITE = Pattern.compile("[+-]?(nan|inf|infinity)", Pattern.CASE_INSENSITIVE);

    private Decimal() {}

    /** The shortest decimal that reads back as the same double; the algorithm is our own jar's, so every JDK agrees. */
    static String of(double value) {
        return NumberOutput.toString(value, true);
    }

    /** Whether a cell means to be a number, finite or not. */
    static boolean isNumber(String cell) {
        return DECIMAL.matcher(cell).matches() || NOT_FINITE.matcher(cell).matches();
    }

    /** The finite number in a cell. */
    static double parse(String where, String cell) {
        if (!isNumber(cell)) {
            throw new UserError(where + ": '" + abridged(cell) + "' is not a number; write one like -1.5 or 2e-3");
        }
        double value = DECIMAL.matcher(cell).matches() ? Double.parseDouble(cell) : Double.NaN;
        if (!Double.isFinite(value)) {
            throw new UserError(where + ": numbers must be finite, was " + abridged(cell) + "; give one in its place");
        }
        return value;
    }

    /** A cell for a message. */
    static String abridged(String cell) {
        return cell.length() <= 40 ? cell : cell.substring(0, 40) + "...";
    }
}
