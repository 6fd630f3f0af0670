package io.scoreflux.files.text;

import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.io.NumberOutput;

/** Numbers as text. */
public final class Decimal {
    private static final Pattern DECIMAL = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    private static final Pattern NOT_FINITE = Pattern.compile("[+-]?(nan|inf|infinity)", Pattern.CASE_INSENSITIVE);

    private static final char MINUS = '\u2212';
    private static final int LONGEST = 40;

    private Decimal() {}

    /** The shortest decimal that parses to the same double. The algorithm is Jackson's, so that all JDKs give the same digits. */
    public static String of(double value) {
        return NumberOutput.toString(value, true);
    }

    /** Whether a cell has the form of a number, finite or not. */
    public static boolean isNumber(String cell) {
        return DECIMAL.matcher(cell).matches() || NOT_FINITE.matcher(cell).matches();
    }

    /** The finite number in a cell. */
    public static double parse(String where, String cell) {
        if (!isNumber(cell)) {
            throw wrong(where, cell, "is not a number");
        }
        double value = value(cell);
        if (!Double.isFinite(value)) {
            throw new UserError(
                    where + ": numbers must be finite, was " + abridged(cell) + "; replace it by a finite number");
        }
        return value;
    }

    /** The whole number in a cell. */
    public static long integer(String where, String cell) {
        try {
            return Long.parseLong(cell);
        } catch (NumberFormatException e) {
            throw wrong(where, cell, "is not a whole number");
        }
    }

    /** The number that a text denotes, finite or not. */
    public static double value(String number) {
        if (DECIMAL.matcher(number).matches()) {
            return Double.parseDouble(number);
        }
        String text = number.toLowerCase(Locale.ROOT);
        return text.contains("nan")
                ? Double.NaN
                : text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }

    /** The error for a cell, with a remedy. */
    public static UserError wrong(String where, String cell, String complaint) {
        String remedy = cell.indexOf(MINUS) >= 0
                ? "its minus sign is the character U+2212, write -"
                : "write one like -1.5 or 2e-3";
        return new UserError(where + ": '" + abridged(cell) + "' " + complaint + "; " + remedy);
    }

    /** A cell for a message: its first 40 characters, with code points for invisible ones. */
    public static String abridged(String cell) {
        return abridged(cell, LONGEST);
    }

    /** The first characters of a text for a message, with code points for invisible ones. */
    public static String abridged(String text, int longest) {
        String shown = text.length() <= longest ? text : text.substring(0, longest) + "...";
        return shown.codePoints()
                .mapToObj(c -> isVisible(c) ? Character.toString(c) : String.format("<U+%04X>", c))
                .collect(Collectors.joining());
    }

    private static boolean isVisible(int character) {
        return switch (Character.getType(character)) {
            case Character.SPACE_SEPARATOR -> character == ' ';
            case Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
