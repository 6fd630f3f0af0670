package io.scoreflux.service.api;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.core.NestedExceptionUtils;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Describes what is wrong with a JSON body, without the terms of the parser. */
public final class BodyErrors {
    private static final String BODY = "body";
    static final Pattern DUPLICATE = Pattern.compile("Duplicate Object property \"(.*)\"", Pattern.DOTALL);
    /** The kind of JSON value in a message of Jackson's. */
    private static final Pattern KIND =
            Pattern.compile("(?:from|coerce|map) `?(Array|Object|Boolean|Integer|Floating-point|String|[Nn]ull)\\b");

    /** The type of an element of an array of numbers; the exception names that of the array. */
    private static final Pattern PRIMITIVE = Pattern.compile("(?:element of `double\\[]`|`double`)");

    private static final Map<String, String> KINDS = Map.of(
            "Array", "a list",
            "Object", "an object",
            "Boolean", "a boolean",
            "Integer", "a number",
            "Floating-point", "a number with a fraction",
            "String", "a text",
            "Null", "null",
            "null", "null");

    /** Locations, and hints at settings of the parser. */
    private static final Pattern OWN_PARTS =
            Pattern.compile(" \\(start marker at .*| \\(but could if .*|: enable `.*|, from `[^`]*`");

    private BodyErrors() {}

    /** The error of a request whose body is not the JSON that was expected. */
    public static RequestException of(Throwable error) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            if (each instanceof JacksonException json) {
                return of(json, BODY);
            }
        }
        return RequestException.invalid(BODY, BODY + " must be a JSON document; send one with its Content-Type");
    }

    /**
     * The error of a JSON text.
     *
     * @param name the name of the text in the message
     */
    public static RequestException of(JacksonException error, String name) {
        String message = String.valueOf(
                NestedExceptionUtils.getMostSpecificCause(error) instanceof JacksonException root
                        ? root.getOriginalMessage()
                        : error.getOriginalMessage());
        Matcher duplicate = DUPLICATE.matcher(message);
        if (duplicate.find()) {
            String member = Parameters.echo(duplicate.group(1));
            return RequestException.invalid(member, member + " must be given once, was given twice; leave one out");
        }
        String path = path(error.getPath());
        String field = path.isEmpty() ? name : path;
        if (error instanceof UnrecognizedPropertyException unknown) {
            return RequestException.invalid(
                    field,
                    name + " must have only the members " + members(unknown.getKnownPropertyIds()) + ", has "
                            + Parameters.echo(field) + "; correct the name or leave it out");
        }
        if (error instanceof MismatchedInputException mismatch) {
            Matcher kind = KIND.matcher(message);
            return RequestException.invalid(
                    field,
                    field + " must be "
                            + (PRIMITIVE.matcher(message).find() ? "a number" : expected(mismatch.getTargetType()))
                            + (kind.find() ? ", was " + KINDS.get(kind.group(1)) : "")
                            + "; correct it, or see /v3/api-docs");
        }
        if (error instanceof InputCoercionException) {
            return RequestException.invalid(
                    field, field + " must be a number of 64 bits, was a larger one; correct it");
        }
        String line = OWN_PARTS
                .matcher(message.lines().findFirst().orElse("it is empty"))
                .replaceAll("");
        return error instanceof DatabindException
                ? RequestException.invalid(field, field + " is not possible: " + line + "; correct it")
                : RequestException.invalid(name, name + " must be a JSON document: " + line + "; correct it");
    }

    /** The place in a JSON text, such as {@code inputs[0].shape}. */
    private static String path(List<JacksonException.Reference> steps) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : steps) {
            if (step.getPropertyName() != null) {
                path.append(path.length() == 0 ? "" : ".").append(step.getPropertyName());
            } else {
                path.append('[').append(step.getIndex()).append(']');
            }
        }
        return path.toString();
    }

    private static String members(@Nullable Collection<Object> known) {
        return Objects.requireNonNullElse(known, List.of()).stream()
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
    }

    private static String expected(@Nullable Class<?> type) {
        if (type == null || Map.class.isAssignableFrom(type)) {
            return "an object";
        }
        if (type.isArray() || Collection.class.isAssignableFrom(type)) {
            return "a list";
        }
        if (type == long.class || type == Long.class || type == int.class || type == Integer.class) {
            return "a whole number";
        }
        if (type == double.class || type == Double.class) {
            return "a number";
        }
        return type == String.class ? "a text" : "an object";
    }
}
