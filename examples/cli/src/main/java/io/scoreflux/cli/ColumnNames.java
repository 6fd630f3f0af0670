package io.scoreflux.cli;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The names of columns. */
final class ColumnNames {
    /** Words that programs write instead of a number. */
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
     * Whether a cell of the first line is the name of a column. The first of its letters, digits and underscores is not a digit, it has no
     * leading sign, and it is not a word for a missing number or a truth value.
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

    /** Names without surrounding blanks and invisible characters; rejects duplicates. */
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

    /** Whether a character is a digit of any script, a fraction, or a circled number. */
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
