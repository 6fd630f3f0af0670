package io.scoreflux.files.input;

import io.scoreflux.error.Violation;
import io.scoreflux.files.text.Decimal;
import io.scoreflux.files.text.Names;
import io.scoreflux.files.text.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/** The fields of a JSON object. Error messages name the file and the path of the field. */
public final class JsonFields {
    /** The maximum number of characters of a value in a message. */
    private static final int LONGEST = 60;

    private final String file;
    private final String path;
    private final JsonNode node;

    private JsonFields(String file, String path, JsonNode node) {
        this.file = file;
        this.path = path;
        this.node = node;
        if (!node.isObject()) {
            throw new UserError(file + ": " + (path.isEmpty() ? "the file" : path) + " must be an object {...}"
                    + (node.isMissingNode() ? ", was empty" : ", was " + shown(node)));
        }
    }

    /** The top-level object of a file. */
    static JsonFields root(String file, JsonNode node) {
        return new JsonFields(file, "", node);
    }

    /** Rejects fields other than these. */
    public void allow(List<String> known) {
        for (String name : node.propertyNames()) {
            if (!known.contains(name)) {
                throw new UserError(file + ": unknown field '" + at(name) + "'" + Names.hint(name, known) + "; known: "
                        + String.join(", ", known));
            }
        }
    }

    /** Whether a field exists and is not null. */
    public boolean has(String name) {
        JsonNode value = node.get(name);
        return value != null && !value.isNull();
    }

    /** Whether a field exists and is null. */
    public boolean isNull(String name) {
        return node.has(name) && node.get(name).isNull();
    }

    /** Whether a field is a string. */
    public boolean isText(String name) {
        return has(name) && required(name).isString();
    }

    /**
     * The fields that exist and are not null, as JSON in the order of their names.
     *
     * @param ignored the names of fields that are left out
     */
    public String sortedText(Set<String> ignored) {
        Map<String, String> sorted = new TreeMap<>();
        for (String name : names()) {
            if (has(name) && !ignored.contains(name)) {
                sorted.put(name, required(name).toString());
            }
        }
        return sorted.toString();
    }

    /** The names of the fields. */
    public List<String> names() {
        return List.copyOf(node.propertyNames());
    }

    /** A finite number, or the numbers of a list or of nested lists in order. */
    public double[] flat(String name) {
        List<Double> numbers = new ArrayList<>();
        flatten(at(name), required(name), numbers);
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private void flatten(String where, JsonNode value, List<Double> numbers) {
        if (!value.isArray()) {
            numbers.add(number(where, value));
            return;
        }
        List<JsonNode> entries = list(where, value);
        for (int i = 0; i < entries.size(); i++) {
            flatten(where + "[" + i + "]", entries.get(i), numbers);
        }
    }

    /** A string. */
    public String text(String name) {
        JsonNode value = required(name);
        if (!value.isString()) {
            throw wrong(name, "must be a string", value);
        }
        return value.stringValue();
    }

    /** True or false, or the default if the field is missing. */
    public boolean flag(String name, boolean usual) {
        if (!has(name)) {
            return usual;
        }
        JsonNode value = required(name);
        if (!value.isBoolean()) {
            throw wrong(name, "must be true or false", value);
        }
        return value.booleanValue();
    }

    /** An object. */
    public JsonFields object(String name) {
        return new JsonFields(file, at(name), required(name));
    }

    /** A finite number. */
    public double number(String name) {
        return number(at(name), required(name));
    }

    /** A whole number. */
    public long integer(String name) {
        JsonNode value = required(name);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(name, "must be a whole number", value);
        }
        return value.longValue();
    }

    /** A whole number of at least 1. */
    public int count(String name, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
            throw wrong(name, "must be a whole number of at least 1", value);
        }
        return value.intValue();
    }

    /** A number greater than zero. */
    public double positive(String name) {
        double value = number(name);
        if (!(value > 0)) {
            throw wrong(name, "must be greater than 0", required(name));
        }
        return value;
    }

    /** A list of at least one finite number. */
    public double[] numbers(String name) {
        return numbers(at(name), required(name));
    }

    /** A list of at least one value. */
    public List<JsonNode> list(String name) {
        return list(at(name), required(name));
    }

    /** A list of at least one object. */
    public List<JsonFields> objects(String name) {
        List<JsonFields> objects = new ArrayList<>();
        for (JsonNode value : list(name)) {
            objects.add(new JsonFields(file, at(name) + "[" + objects.size() + "]", value));
        }
        return objects;
    }

    /** Any value. */
    public JsonNode required(String name) {
        JsonNode value = node.get(name);
        if (value == null || value.isNull()) {
            throw new UserError(file + ": the field '" + at(name) + "' is missing; add it");
        }
        return value;
    }

    /** A list of lists of at least one finite number. */
    public double[][] matrix(String name) {
        List<double[]> rows = new ArrayList<>();
        for (JsonNode row : list(name)) {
            rows.add(numbers(at(name) + "[" + rows.size() + "]", row));
        }
        return rows.toArray(new double[0][]);
    }

    /** The result of a computation. An {@link IllegalArgumentException} becomes an error of the field. */
    public <T> T checked(String name, String remedy, Supplier<T> formula) {
        try {
            return formula.get();
        } catch (IllegalArgumentException e) {
            throw new UserError(file + ": " + at(name) + ": " + e.getMessage() + remedy, e);
        }
    }

    /** The error for a field. */
    public UserError error(String name, String complaint) {
        return new UserError(file + ": " + at(name) + " " + complaint);
    }

    private double[] numbers(String where, JsonNode list) {
        List<JsonNode> values = list(where, list);
        double[] numbers = new double[values.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = number(where + "[" + i + "]", values.get(i));
        }
        return numbers;
    }

    private List<JsonNode> list(String where, JsonNode value) {
        if (!value.isArray() || value.isEmpty()) {
            throw new UserError(file + ": " + where + " must be a list [...] that is not empty, was " + shown(value));
        }
        return List.copyOf(value.values());
    }

    /** A finite number; {@code where} names it in messages. */
    public double number(String where, JsonNode value) {
        if (!value.isNumber()) {
            throw new UserError(file + ": " + where + " must be a number, was " + shown(value));
        }
        // Whole numbers outside the range of a double have no double value.
        double number = value.doubleValue(Double.NaN);
        if (!Double.isFinite(number)) {
            throw new UserError(file + ": " + where + " must be finite, was " + shown(value));
        }
        return number;
    }

    private UserError wrong(String name, String rule, JsonNode value) {
        return new UserError(file + ": " + at(name) + " " + rule + ", was " + shown(value));
    }

    private String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static String shown(JsonNode value) {
        String text = value.isDouble() ? Violation.text(value.doubleValue()) : value.toString();
        return Decimal.abridged(text, LONGEST);
    }
}
