package io.scoreflux.error;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A violated rule. {@link #message()} composes the fields as {@code <setting> <rule>, was <value>; <remedy>, or <remedy>}.
 *
 * <p>Rules and remedies refer to other settings by their identifiers in braces, as in {@code must be greater than {toSigma}}. A front end
 * can replace the identifiers with its own names; see {@link #named}.
 *
 * @param setting the identifier of the setting, which is the name of the parameter. Elements and members have a path, as in
 *     {@code states[3]} or {@code components[2].weight}. If no setting is invalid, a phrase of several words, such as {@code the gradient}
 * @param rule the condition that permitted values satisfy, as the predicate of the sentence
 * @param value the value that violates the rule, or null if there is none
 * @param remedies what the caller can do, each a clause
 */
public record Violation(
        String setting, String rule, @Nullable String value, List<String> remedies) implements Serializable {
    private static final Pattern REFERENCE = Pattern.compile("\\{([A-Za-z][\\w.\\[\\]]*)}");

    public Violation {
        Objects.requireNonNull(setting, "setting");
        Objects.requireNonNull(rule, "rule");
        remedies = List.copyOf(remedies);
    }

    /**
     * Returns a violated rule, with its value formatted by {@link #text}.
     *
     * @param value the value that violates the rule, or null if there is none
     */
    public static Violation of(String setting, String rule, @Nullable Object value, String... remedies) {
        return new Violation(setting, rule, value == null ? null : text(value), List.of(remedies));
    }

    /**
     * Formats a value for a message. Floating-point numbers have a short exponent that Java, Kotlin and JSON can read, {@code 1e-9} rather
     * than {@code 1.0E-9}.
     */
    public static String text(Object value) {
        String text = String.valueOf(value);
        int exponent = value instanceof Double || value instanceof Float ? text.indexOf('E') : -1;
        if (exponent < 0) {
            return text;
        }
        String digits = text.substring(0, exponent);
        return (digits.endsWith(".0") ? digits.substring(0, digits.length() - 2) : digits) + "e"
                + text.substring(exponent + 1);
    }

    /** Returns {@link #message()}. */
    @Override
    public String toString() {
        return message();
    }

    /** Returns the message. */
    public String message() {
        String sentence = setting + " " + bare(rule) + (value == null ? "" : ", was " + value);
        return remedies.isEmpty() ? sentence : sentence + "; " + bare(String.join(", or ", remedies));
    }

    /**
     * Returns the violation with the names that a front end, such as a command line, uses for settings. A remedy is left out if it refers
     * to a setting without a name in the front end. If the invalid setting has no name, it keeps its identifier.
     *
     * @param names returns the front end's name of a setting from its identifier, or null if the setting has no name; for example
     *     {@code map::get}
     */
    public Violation named(Function<String, @Nullable String> names) {
        List<String> offered = remedies.stream()
                .filter(remedy -> REFERENCE
                        .matcher(remedy)
                        .results()
                        .allMatch(reference -> name(reference.group(1), names) != null))
                .map(remedy -> filled(remedy, names))
                .collect(Collectors.toUnmodifiableList());
        return new Violation(known(setting, names), filled(rule, names), value, offered);
    }

    /** Returns the same violation with another setting or phrase. */
    public Violation withSetting(String other) {
        return new Violation(other, rule, value, remedies);
    }

    /** Returns the same violation with other remedies. */
    public Violation withRemedies(String... others) {
        return new Violation(setting, rule, value, List.of(others));
    }

    private static String bare(String text) {
        return REFERENCE.matcher(text).replaceAll("$1");
    }

    private static String filled(String text, Function<String, @Nullable String> names) {
        return REFERENCE
                .matcher(text)
                .replaceAll(reference -> Matcher.quoteReplacement(known(reference.group(1), names)));
    }

    private static String known(String setting, Function<String, @Nullable String> names) {
        String name = setting.indexOf(' ') < 0 ? name(setting, names) : null;
        return name == null ? setting : name;
    }

    /**
     * Returns the name of a setting, or of the longest prefix of its path that has a name, followed by the rest of the path; null if there
     * is none.
     */
    private static @Nullable String name(String setting, Function<String, @Nullable String> names) {
        int end = setting.length();
        while (end > 0) {
            String name = names.apply(setting.substring(0, end));
            if (name != null) {
                return name + setting.substring(end);
            }
            end = Math.max(setting.lastIndexOf('.', end - 1), setting.lastIndexOf('[', end - 1));
        }
        return null;
    }
}
