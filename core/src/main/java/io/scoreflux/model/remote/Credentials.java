package io.scoreflux.model.remote;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * Values of headers, which may be secrets: what a server or a proxy repeats of them is blanked out before it is told to anybody. Their
 * characters may come back escaped as in JSON, addresses or HTML.
 */
final class Credentials {
    private static final String BLANK = "***";
    private static final String CUT = "...";
    /** Shorter beginnings of a value tell nothing, and shorter values are sought between words only. */
    private static final int TELLING = 4;
    /** No match. */
    private static final int NONE = -1;
    /** As far as the words go. */
    private static final int BEGUN = -2;

    private static final HexFormat HEX = HexFormat.of();

    /** The longest first, as it may contain others. */
    private final List<String> values = new ArrayList<>();

    Credentials(Collection<String> headers) {
        for (String header : headers) {
            String value = header.strip();
            values.add(value);
            // "Bearer abc" may come back as "abc".
            int scheme = value.indexOf(' ');
            if (scheme >= 0) {
                values.add(value.substring(scheme + 1).strip());
            }
        }
        values.removeIf(String::isEmpty);
        values.sort(Comparator.comparingInt(String::length).reversed());
    }

    /** The words without the values, and without their beginnings where words are cut. */
    String blanked(String words) {
        return withoutBeginnings(withoutValues(words));
    }

    private String withoutValues(String words) {
        StringBuilder told = new StringBuilder();
        int at = 0;
        while (at < words.length()) {
            int end = valueAt(words, at);
            if (end == NONE) {
                told.append(words.charAt(at++));
            } else {
                told.append(BLANK);
                at = end;
            }
        }
        return told.toString();
    }

    private int valueAt(String words, int at) {
        for (String value : values) {
            int end = match(value, words, at, words.length());
            if (end >= 0 && (value.length() >= TELLING || isBetweenWords(words, at, end))) {
                return end;
            }
        }
        return NONE;
    }

    private static boolean isBetweenWords(String words, int at, int end) {
        return (at == 0 || !Character.isLetterOrDigit(words.charAt(at - 1)))
                && (end == words.length() || !Character.isLetterOrDigit(words.charAt(end)));
    }

    private String withoutBeginnings(String words) {
        StringBuilder told = new StringBuilder();
        int from = 0;
        while (from < words.length()) {
            int cut = words.indexOf(CUT, from);
            int end = cut < 0 ? words.length() : cut;
            int begins = beginning(words, from, end);
            told.append(words, from, begins).append(begins < end ? BLANK : "");
            from = cut < 0 ? end : cut + CUT.length();
            told.append(words, end, from);
        }
        return told.toString();
    }

    /** Where the longest end of a part begins that is a beginning of a value; the part's end if there is none that tells. */
    private int beginning(String words, int from, int end) {
        for (int at = from; at <= end - TELLING; at++) {
            for (String value : values) {
                if (match(value, words, at, end) == BEGUN) {
                    return at;
                }
            }
        }
        return end;
    }

    /** Where a value ends that begins at a place, {@link #BEGUN} where the words end first, or {@link #NONE}. */
    private static int match(String value, String words, int at, int end) {
        int next = at;
        for (int i = 0; i < value.length(); i++) {
            if (next == end) {
                return BEGUN;
            }
            next = matchOne(value.charAt(i), words, next, end);
            if (next < 0) {
                return next;
            }
        }
        return next;
    }

    /** The same for a character, which is there as it is or escaped. */
    private static int matchOne(char c, String words, int at, int end) {
        char found = words.charAt(at);
        if (found == c) {
            return at + 1;
        }
        if (c == ' ' && found == '+') {
            return at + 1;
        }
        int result = NONE;
        for (String form : escaped(c, found)) {
            int shown = Math.min(form.length(), end - at);
            if (words.regionMatches(true, at, form, 0, shown)) {
                if (shown == form.length()) {
                    return at + shown;
                }
                result = BEGUN;
            }
        }
        return result;
    }

    /** How a character may be escaped, by what the escape begins with. */
    private static List<String> escaped(char c, char begin) {
        return switch (begin) {
            case '\\' -> List.of("\\" + c, "\\u" + HEX.toHexDigits(c));
            case '%' -> List.of("%" + HEX.toHexDigits((byte) c));
            case '&' -> List.of("&#" + (int) c + ";", "&#x" + Integer.toHexString(c) + ";");
            default -> List.of();
        };
    }
}
