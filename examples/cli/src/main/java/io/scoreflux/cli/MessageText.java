package io.scoreflux.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Translates messages of the library for the command line: numbers as users type them, and options instead of the library's settings. */
final class MessageText {
    /** A number with an exponent as Java formats it, unless it is part of a name, a path or a quotation. */
    private static final Pattern EXPONENT =
            Pattern.compile("(?<![\\w./\\\\'-])(-?\\d+)(?:\\.0|(\\.\\d+))E(-?\\d+)(?![\\w/\\\\'-]|\\.\\w)");

    private static final Pattern LINES = Pattern.compile("\\s*\\R\\s*");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");

    /** Remedies for users of the library, and their replacements for the command line. */
    private static final Map<String, String> REMEDIES = new LinkedHashMap<>();

    static {
        REMEDIES.put("raise maxCalls or the tolerance", "raise --tolerance");
        REMEDIES.put("; raise the tolerance", "; raise --tolerance");
        REMEDIES.put(", raise the tolerance", ", raise --tolerance");
        REMEDIES.put("lower maxRows of the gateway", "lower --batch");
        REMEDIES.put("raise memory, or lower fixedRows", "lower --fixed-rows");
        REMEDIES.put("raise memory, or take", "take");
    }

    private MessageText() {}

    /** One line without control characters. */
    static String line(String message) {
        String line = CONTROL.matcher(LINES.matcher(message).replaceAll(" ")).replaceAll("?");
        for (Map.Entry<String, String> remedy : REMEDIES.entrySet()) {
            line = line.replace(remedy.getKey(), remedy.getValue());
        }
        return numbers(line);
    }

    /** {@code 1e-9} and {@code 2.5e-9}, where Java writes {@code 1.0E-9} and {@code 2.5E-9}. */
    static String numbers(String message) {
        return EXPONENT.matcher(message)
                .replaceAll(number ->
                        number.group(1) + (number.group(2) == null ? "" : number.group(2)) + "e" + number.group(3));
    }
}
