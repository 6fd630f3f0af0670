package io.scoreflux.cli.text;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Translates messages of the library for the command line: numbers as users type them, and options instead of the library's settings. */
public final class MessageText {
    /** A number with an exponent as Java formats it, unless it is part of a name, a path or a quotation. */
    private static final Pattern EXPONENT =
            Pattern.compile("(?<![\\w./\\\\'-])(-?\\d+)(?:\\.0|(\\.\\d+))E(-?\\d+)(?![\\w/\\\\'-]|\\.\\w)");

    private static final Pattern LINES = Pattern.compile("\\s*\\R\\s*");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");

    /** Settings of the library, and what the command line has instead. */
    private static final Map<Pattern, String> SETTINGS = new LinkedHashMap<>();

    /** Noise levels, which are options or fields of a plan. */
    private static final Map<Pattern, String> NOISE_LEVELS = new LinkedHashMap<>();

    static {
        setting("raise maxCalls or the tolerance", "raise --tolerance");
        setting("(?<=[;,] )raise the tolerance", "raise --tolerance");
        setting("lower maxRows of the gateway", "lower --batch");
        setting("raise memory, or lower fixedRows", "lower --fixed-rows");
        setting("raise memory, or take", "take");
        setting("fixedRows\\((\\d+)\\)", "--fixed-rows $1");
        setting(
                "or do without a pilot: give the radius, and a solver that needs none",
                "or do without a pilot: give the radius in the target's file, and --tolerance instead of --budget");
        setting("(?<=with -Xmx), or memory(?=;|$)", "");
        setting("a solver of fixed steps takes least, a lower maxDegree less", "a --solver of fixed steps takes least");
        setting("in each of (\\d+) lanes", "in each of $1 --threads");
        setting("as do fewer lanes", "fewer --threads take less");
        setting("^width (\\d+) is brought down to (\\d+)", "at most $2 samples are computed at a time instead of $1");
        setting("\\. Check the gradient, or raise asymmetryLimit", "; check the target");
        setting("give preconditioner and curvature without atMode\\(\\)", "give --precondition none");
        setting("make safety larger(, or the step smaller)?", "make --safety larger");
        NOISE_LEVELS.put(Pattern.compile("\\bfromSigma\\b"), "--from-sigma");
        NOISE_LEVELS.put(Pattern.compile("\\btoSigma\\b"), "--to-sigma");
    }

    private static void setting(String library, String commandLine) {
        SETTINGS.put(Pattern.compile(library), commandLine);
    }

    private MessageText() {}

    /** One line without control characters. */
    public static String line(String message) {
        String line = CONTROL.matcher(LINES.matcher(message).replaceAll(" ")).replaceAll("?");
        return numbers(settings(line));
    }

    /** A message of the library with options instead of its settings. */
    public static String settings(String message) {
        return replaced(message, SETTINGS);
    }

    /** What is wrong with settings, with options instead of them and of noise levels. */
    public static String options(Exception rule) {
        return settings(replaced(String.valueOf(rule.getMessage()), NOISE_LEVELS));
    }

    private static String replaced(String message, Map<Pattern, String> replacements) {
        String text = message;
        for (Map.Entry<Pattern, String> entry : replacements.entrySet()) {
            text = entry.getKey().matcher(text).replaceAll(entry.getValue());
        }
        return text;
    }

    /** {@code 1e-9} and {@code 2.5e-9}, where Java writes {@code 1.0E-9} and {@code 2.5E-9}. */
    public static String numbers(String message) {
        return EXPONENT.matcher(message)
                .replaceAll(number ->
                        number.group(1) + (number.group(2) == null ? "" : number.group(2)) + "e" + number.group(3));
    }
}
