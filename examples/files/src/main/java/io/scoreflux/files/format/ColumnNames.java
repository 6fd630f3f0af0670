package io.scoreflux.files.format;

import io.scoreflux.files.text.Decimal;
import io.scoreflux.files.text.UserError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Recognizes and creates the names of columns. */
public final class ColumnNames {
    /** Words for a missing number, a number that is not finite, or a truth value. Each has only letters, in lower case. */
    private static final Set<String> VALUES = Set.of(
            "na",
            "nana",
            "nareal",
            "nainteger",
            "nacharacter",
            "nan",
            "qnan",
            "snan",
            "nanind",
            "nat",
            "nd",
            "ka",
            "tbd",
            "tba",
            "unk",
            "unkn",
            "inf",
            "infinity",
            "infty",
            "infinite",
            "null",
            "nul",
            "none",
            "nil",
            "nihil",
            "void",
            "empty",
            "blank",
            "missing",
            "undefined",
            "undef",
            "unknown",
            "invalid",
            "masked",
            "absent",
            "withheld",
            "suppressed",
            "censored",
            "bdl",
            "lod",
            "err",
            "nodata",
            "notavailable",
            "notapplicable",
            "notdetected",
            "notknown",
            "notdefined",
            "keineangabe",
            "fehlend",
            "fehlt",
            "unbekannt",
            "unendlich",
            "true",
            "false",
            "wahr",
            "falsch",
            "vrai",
            "faux");

    /** Abbreviations for a missing number: n.a., N/D, n. b., k.A. */
    private static final Pattern ABBREVIATION = Pattern.compile("\\P{L}*(n[./] ?\\p{L}|k[./] ?a)\\P{L}*");

    /** NaN with the suffixes that Java, C and NumPy write. */
    private static final Pattern NAN = Pattern.compile("[sq]?nan(0x[0-9a-f]*|\\d+|s?nan|ind)");

    private static final Pattern SPREADSHEET_ERROR = Pattern.compile("#[a-z_]+(/0)?[!?]");

    /** Codes and names of currencies. They may precede a number without a blank. */
    private static final String CURRENCY =
            "eur|euros?|usd|dollars?|cents?|gbp|pounds?|chf|jpy|yen|cny|rmb|inr|sek|nok|dkk|pln|czk|huf|rub|brl|krw|aud|nzd|sgd|hkd";

    /** Words around a number: approximations, then units of at least two letters. */
    private static final String AROUND = CURRENCY
            + "|approx|approximately|about|around|circa|ca|nearly|almost|over|under|above|below|than|more|less|up|to|at|least|most|plus"
            + "|minus|etwa|ungefähr|rund|unter|über"
            + "|kg|mg|µg|μg|ug|ng|lbs?|oz|tons?|km|cm|mm|µm|μm|um|nm|ft|inch|inches|miles?|metres?|meters?|ml|cl|dl|hl|litres?|liters?"
            + "|ms|µs|μs|ns|hz|khz|mhz|ghz|kw|mw|kwh|kj|kcal|pa|hpa|kpa|mbar|bar|psi"
            + "|deg|degrees?|mol|mmol|kv|mv|kb|mb|gb|tb|percent|prozent|per|cent|pct|ppm|ppb|thousand|million|billion";

    /**
     * An amount: a currency or other such words, a number, and possibly more such words. Only a currency may precede the number without a
     * blank.
     */
    private static final Pattern AMOUNT = Pattern.compile("\\P{L}*(?:(?:" + CURRENCY + ")[\\P{L}&&[^\\p{N}_]]*"
            + "|(?:(?:" + AROUND + ")[\\P{L}&&[^\\p{N}_]]+)+)\\p{N}(?:\\P{L}|(?:" + AROUND + ")(?!\\p{L}))*");

    /** Brackets after a letter or digit, as in f(1) and x[0], and brackets that contain letters, such as those of a unit. */
    private static final Pattern BRACKETS = Pattern.compile("(?<=[\\p{L}\\p{N}_])(\\([^()\\[\\]]*\\)|\\[[^()\\[\\]]*])"
            + "|\\([^()\\[\\]]*\\p{L}[^()\\[\\]]*\\)|\\[[^()\\[\\]]*\\p{L}[^()\\[\\]]*]");

    /**
     * A number without a letter before it, even across one of the marks that join words, and with nothing but a unit after it. 2nd and 3D
     * are not such numbers.
     */
    private static final Pattern NUMBER =
            Pattern.compile("(?<![\\p{L}\\p{N}_])(?<![\\p{L}\\p{N}_][-.^/:'])\\p{N}[\\p{N}.,'_]*+(e[+-]?\\p{N}+)?+(?:"
                    + AROUND + ")?(?![\\p{L}\\p{N}_])");

    private ColumnNames() {}

    /** The names x0, x1, ... for files without column names. */
    public static List<String> numbered(int columns) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            names.add("x" + i);
        }
        return names;
    }

    /**
     * Whether a cell of the first line is the name of a column. A name has no leading sign and no separate number. The first of its
     * letters, digits and underscores is not a digit. It is not a word for a missing number or a truth value.
     */
    static boolean isName(String cell) {
        String text = stripped(cell);
        if (text.isEmpty() || "+-\u2212{".indexOf(text.charAt(0)) >= 0) {
            return false;
        }
        String lower = text.toLowerCase(Locale.ROOT);
        return isWordFirst(text) && !isValue(lower) && !AMOUNT.matcher(lower).matches() && !hasNumber(lower);
    }

    private static boolean isWordFirst(String text) {
        return text.codePoints()
                .filter(c -> c == '_' || Character.isLetter(c) || isNumeric(c))
                .mapToObj(c -> !isNumeric(c))
                .findFirst()
                .orElse(false);
    }

    /** Whether this is a word that stands for a number, ignoring punctuation. */
    private static boolean isValue(String text) {
        String letters = text.codePoints()
                .filter(c -> Character.isLetter(c) || isNumeric(c))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return VALUES.contains(letters)
                || NAN.matcher(letters).matches()
                || ABBREVIATION.matcher(text).matches()
                || SPREADSHEET_ERROR.matcher(text).matches();
    }

    private static boolean hasNumber(String text) {
        String left = text;
        String before;
        do {
            before = left;
            left = BRACKETS.matcher(before).replaceAll("");
        } while (!left.equals(before));
        return NUMBER.matcher(left).find();
    }

    /** Cells of a header without the comment mark that NumPy writes before the first. */
    public static List<String> withoutComment(List<String> cells) {
        return IntStream.range(0, cells.size())
                .mapToObj(i -> i == 0 ? cells.get(0).replaceFirst("^#\\s*", "") : cells.get(i))
                .toList();
    }

    /** Removes surrounding blanks and invisible characters from names, and rejects duplicates. */
    public static List<String> distinct(String where, List<String> cells) {
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
