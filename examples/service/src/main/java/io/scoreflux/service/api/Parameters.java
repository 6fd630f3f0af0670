package io.scoreflux.service.api;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a request: texts of a URL, or members of a JSON object with the types of JSON. All errors are
 * {@link RequestException}s with status 400.
 */
public final class Parameters {
    private static final int LONGEST_ECHO = 40;

    /** Stricter than Java's parsers, which also accept suffixes, hexadecimal digits, and digits of other scripts. */
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]+");

    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private final Map<String, ? extends List<?>> given;
    private final boolean typed;

    /**
     * Wraps the parameters of a URL.
     *
     * @param given values by name; a value is null if the parameter has none
     * @param allowed the names of the parameters
     */
    public Parameters(Map<String, ? extends List<@Nullable String>> given, Collection<String> allowed) {
        this(given, allowed, false);
    }

    private Parameters(Map<String, ? extends List<?>> given, Collection<String> allowed, boolean typed) {
        this.given = given;
        this.typed = typed;
        for (String name : given.keySet()) {
            if (!allowed.contains(name)) {
                throw RequestException.invalid(
                        echo(name),
                        (allowed.isEmpty()
                                        ? "parameters must be absent at this address, was "
                                        : "parameters must be among " + String.join(", ", allowed) + ", was ")
                                + echo(name) + "; correct the name or leave it out");
            }
        }
    }

    /** Wraps the members of a JSON object. Each value must have the JSON type of its parameter. */
    public static Parameters ofObject(Map<String, ?> object, Collection<String> allowed) {
        return new Parameters(
                object.entrySet().stream()
                        .filter(entry -> entry.getValue() != null)
                        .collect(Collectors.toMap(Map.Entry::getKey, entry -> List.of(entry.getValue()))),
                allowed,
                true);
    }

    /** Rejects all parameters of a URL. */
    public static void requireNone(Map<String, ? extends List<@Nullable String>> given) {
        new Parameters(given, List.of());
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
        List<?> values = given.get(name);
        return values == null || (values.size() == 1 && (values.get(0) == null || "".equals(values.get(0))));
    }

    /** The value of a parameter of a JSON object, or null. */
    public @Nullable Object value(String name) {
        List<?> values = given.get(name);
        return values == null ? null : values.get(0);
    }

    /** A text that is not empty. */
    public String text(String name, String usual) {
        return read(name, usual, String.class, value -> !value.isEmpty(), "a name", Function.identity());
    }

    /** A whole number of 64 bits. */
    public long whole(String name, long usual) {
        return whole(name, usual, "a whole number of 64 bits");
    }

    /** A whole number of 64 bits, with its rule for the message. */
    long whole(String name, long usual, String rule) {
        return read(name, usual, Number.class, value -> WHOLE.matcher(value).matches(), rule, Long::parseLong);
    }

    /** A whole number of 32 bits. */
    int integer(String name, int usual) {
        return read(
                name,
                usual,
                Number.class,
                value -> WHOLE.matcher(value).matches(),
                "a whole number of 32 bits",
                Integer::parseInt);
    }

    /** A finite decimal number. */
    public double number(String name, double usual) {
        double value = read(
                name, usual, Number.class, text -> DECIMAL.matcher(text).matches(), "a number", Double::parseDouble);
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
                Boolean.class,
                value -> value.equals("true") || value.equals("false"),
                "true or false",
                Boolean::parseBoolean);
    }

    private <T> T read(String name, T usual, Class<?> type, Predicate form, String kind, Function<String, T> parse) {
        List<?> values = given.get(name);
        if (values == null) {
            return usual;
        }
        if (values.size() != 1) {
            throw RequestException.invalid(
                    name, name + " must be given once, was given " + values.size() + " times; give one");
        }
        Object first = values.get(0);
        if (typed && !type.isInstance(first)) {
            throw RequestException.invalid(
                    name, name + " must be " + kind + ", was " + described(first) + "; send it with this type of JSON");
        }
        String value = first == null ? "" : first.toString();
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

    private static String described(Object value) {
        if (value instanceof String text) {
            return "the text '" + echo(text) + "'";
        }
        if (value instanceof Number || value instanceof Boolean) {
            return "the " + (value instanceof Number ? "number " : "boolean ") + value;
        }
        return value instanceof List ? "a list" : "an object";
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
