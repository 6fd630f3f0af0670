package io.scoreflux.cli;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The names in a header. */
final class ColumnNames {
    /** What programs write in the place of a number. */
    private static final Pattern VALUE = Pattern.compile(
            "nan(\\(.*\\))?|inf|infinity|<?n/?a>?|#n/?a( n/a)?|null|none|nil|true|false|#[a-z]+(/0)?[!?]",
            Pattern.CASE_INSENSITIVE);

    private ColumnNames() {}

    /** x0, x1, ...: the columns of files without names. */
    static List<String> numbered(int columns) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            names.add("x" + i);
        }
        return names;
    }

    /**
     * Whether a cell of a first line names a column and is no value, readable or not: of its letters, digits and underscores the
     * first is no digit; it has no sign before it; and it is no word for a missing number or a truth value.
     */
    static boolean isName(String cell) {
        String text = stripped(cell);
        if (text.isEmpty()
                || "+-\u2212{".indexOf(text.charAt(0)) >= 0
                || VALUE.matcher(text).matches()) {
            return false;
        }
        return text.codePoints()
                .filter(c -> c == '_' || Character.isLetter(c) || isNumeric(c))
                .mapToObj(c -> !isNumeric(c))
                .findFirst()
                .orElse(false);
    }

    /** Names without the blanks and invisible characters around them; refuses those that are there twice. */
    static List<String> distinct(String where, List<String> cells) {
        Set<String> seen = new HashSet<>();
        List<String> names = cells.stream().map(ColumnNames::stripped).toList();
        for (String name : names) {
            if (!seen.add(name)) {
                throw new UserError(where + ": two columns are named '" + Decimal.abridged(name) + "'; rename one");
            }
        }
        return names;
    }

    /** Digits of all scripts, fractions, and numbers in circles. */
    private static boolean isNumeric(int character) {
        return switch (Character.getType(character)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
            default -> false;
        };
    }

    private static String stripped(String cell) {
        int from = 0;
        int to = cell.length();
        while (from < to && isBlank(cell.charAt(from))) {
            from++;
        }
        while (to > from && isBlank(cell.charAt(to - 1))) {
            to--;
        }
        return cell.substring(from, to);
    }

    private static boolean isBlank(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || Character.getType(c) == Character.FORMAT;
    }
}
