package io.scoreflux.service.api;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The parameters of a request, as text. All errors are {@link RequestException}s with status 400. */
public final class Parameters {
    private static final int LONGEST_ECHO = 40;

    /** Stricter than Java's parsers, which also accept suffixes, hexadecimal digits, and digits of other scripts. */
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]+");

    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private final Map<String, ? extends List<@Nullable String>> given;

    /**
     * Wraps the parameters of a URL.
     *
     * @param given values by name; a value is null if the parameter has none
     * @param allowed the names of the parameters
     */
    public Parameters(Map<String, ? extends List<@Nullable String>> given, Collection<String> allowed) {
        this.given = given;
        for (String name : given.keySet()) {
            if (!allowed.contains(name)) {
                throw RequestException.invalid(
                        echo(name),
                        "parameters must be among " + String.join(", ", allowed) + ", was " + echo(name)
                                + "; correct the name or leave it out");
            }
        }
    }

    /** Wraps the members of a JSON object, whose values are texts, numbers or booleans. */
    public static Parameters ofObject(Map<String, ?> object, Collection<String> allowed) {
        return new Parameters(
                object.entrySet().stream()
                        .filter(entry -> entry.getValue() != null)
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, entry -> List.of(String.valueOf(entry.getValue())))),
                allowed);
    }

    /** Whether a parameter is given. */
    public boolean has(String name) {
        return given.containsKey(name);
    }

    /** Whether a parameter has one value, a certain text. */
    public boolean is(String name, String text) {
        return List.of(text).equals(given.get(name));
    }

    /** Whether a parameter is missing or an empty text. */
    public boolean isEmpty(String name) {
        List<@Nullable String> values = given.get(name);
        return values == null
                || (values.size() == 1
                        && Objects.requireNonNullElse(values.get(0), "").isEmpty());
    }

    /** A text that is not empty. */
    public String text(String name, String usual) {
        return read(name, usual, value -> !value.isEmpty(), "a name", Function.identity());
    }

    /** A whole number of 64 bits. */
    public long whole(String name, long usual) {
        return read(name, usual, value -> WHOLE.matcher(value).matches(), "a whole number of 64 bits", Long::parseLong);
    }

    /** A finite decimal number. */
    public double number(String name, double usual) {
        double value = read(name, usual, text -> DECIMAL.matcher(text).matches(), "a number", Double::parseDouble);
        if (!Double.isFinite(value)) {
            throw RequestException.invalid(name, name + " must be finite, was " + value);
        }
        return value;
    }

    /** True or false. */
    public boolean flag(String name, boolean usual) {
        return read(
                name,
                usual,
                value -> value.equals("true") || value.equals("false"),
                "true or false",
                Boolean::parseBoolean);
    }

    private <T> T read(String name, T usual, Predicate form, String kind, Function<String, T> parse) {
        List<@Nullable String> values = given.get(name);
        if (values == null) {
            return usual;
        }
        if (values.size() != 1) {
            throw RequestException.invalid(
                    name, name + " must be given once, was given " + values.size() + " times; give one");
        }
        String value = Objects.requireNonNullElse(values.get(0), "");
        try {
            if (form.test(value)) {
                return parse.apply(value);
            }
        } catch (NumberFormatException e) {
            // It has the right form, but more digits than its type, and is rejected like any other invalid value.
        }
        throw RequestException.invalid(
                name, name + " must be " + kind + ", was '" + echo(value) + "'; leave it out for the default");
    }

    /** A condition on the form of a value. */
    @FunctionalInterface
    private interface Predicate {
        boolean test(String value);
    }

    /** The whole number that a text is, or null. */
    static @Nullable Long wholeOrNull(String text) {
        try {
            return WHOLE.matcher(text).matches() ? (Long) Long.parseLong(text) : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** The start of a client's text, for messages. */
    public static String echo(String text) {
        return text.length() <= LONGEST_ECHO ? text : text.substring(0, LONGEST_ECHO) + "...";
    }
}
