package io.scoreflux.diffusion;

import io.scoreflux.diffusion.PipelineException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A JSON object in a file. Errors name the file and the field. */
record Configuration(Path file, JsonNode node) {
    private static final JsonMapper MAPPER = new JsonMapper();

    /** Reads a file. */
    static Configuration read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw PipelineException.file(
                    Kind.UNREADABLE,
                    file,
                    "the file does not exist; export the pipeline again, or name its folder",
                    null);
        }
        try {
            JsonNode node = MAPPER.readTree(Files.readString(file));
            if (!node.isObject()) {
                throw PipelineException.file(Kind.UNREADABLE, file, "must be a JSON object; export it again", null);
            }
            return new Configuration(file, node);
        } catch (IOException | JacksonException e) {
            throw PipelineException.file(
                    Kind.UNREADABLE, file, "cannot be read as JSON: " + firstLine(e) + "; export it again", e);
        }
    }

    private static String firstLine(Exception e) {
        String message =
                e instanceof JacksonException json ? json.getOriginalMessage() : String.valueOf(e.getMessage());
        return message.lines().findFirst().orElse("");
    }

    /** Returns whether a field exists and is not null. */
    boolean has(String field) {
        JsonNode value = node.get(field);
        return value != null && !value.isNull();
    }

    /** Returns a string. */
    String text(String field) {
        JsonNode value = required(field);
        if (!value.isString()) {
            throw invalid(field, "must be a string", value);
        }
        return value.stringValue();
    }

    /** Returns a whole number of at least 1. */
    int count(String field) {
        JsonNode value = required(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
            throw invalid(field, "must be a whole number of at least 1", value);
        }
        return value.intValue();
    }

    /** Returns a whole number of at least 1, or the default if the field does not exist. */
    int count(String field, int usual) {
        return has(field) ? count(field) : usual;
    }

    /** Returns a finite number, or the default if the field does not exist. */
    double number(String field, double usual) {
        if (!has(field)) {
            return usual;
        }
        JsonNode value = required(field);
        double number = value.isNumber() ? value.doubleValue(Double.NaN) : Double.NaN;
        if (!Double.isFinite(number)) {
            throw invalid(field, "must be a finite number", value);
        }
        return number;
    }

    /** Returns true or false, or the default if the field does not exist. */
    boolean flag(String field, boolean usual) {
        if (!has(field)) {
            return usual;
        }
        JsonNode value = required(field);
        if (!value.isBoolean()) {
            throw invalid(field, "must be true or false", value);
        }
        return value.booleanValue();
    }

    /** Returns the numbers of a list, or null if the field does not exist. */
    double @Nullable [] numbersOrNull(String field) {
        if (!has(field)) {
            return null;
        }
        List<Double> numbers = new ArrayList<>();
        JsonNode list = required(field);
        for (JsonNode value : list) {
            numbers.add(value.isNumber() ? value.doubleValue(Double.NaN) : Double.NaN);
        }
        if (!list.isArray() || numbers.isEmpty() || !numbers.stream().allMatch(Double::isFinite)) {
            throw invalid(field, "must be a list of finite numbers that is not empty", list);
        }
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /**
     * Returns height and width, each at least 1: a list of both, or one number for both.
     *
     * @param usual the default for both if the field does not exist
     */
    int[] size(String field, int usual) {
        if (!has(field) || !required(field).isArray()) {
            int side = count(field, usual);
            return new int[] {side, side};
        }
        JsonNode list = required(field);
        int[] sides = new int[2];
        for (int i = 0; i < 2; i++) {
            JsonNode side = list.get(i);
            sides[i] = side != null && side.isIntegralNumber() && side.canConvertToInt() ? side.intValue() : 0;
        }
        if (list.size() != 2 || sides[0] < 1 || sides[1] < 1) {
            throw invalid(field, "must be a whole number of at least 1, or a list of two", list);
        }
        return sides;
    }

    /** Returns whether a pipeline names a component: its field is neither missing nor a list of nulls. */
    boolean namesComponent(String name) {
        if (!has(name)) {
            return false;
        }
        for (JsonNode entry : required(name)) {
            if (!entry.isNull()) {
                return true;
            }
        }
        return false;
    }

    /** Returns the number of entries of a list. */
    int length(String field) {
        JsonNode list = required(field);
        if (!list.isArray() || list.isEmpty()) {
            throw invalid(field, "must be a list that is not empty", list);
        }
        return list.size();
    }

    /** Returns a field that must exist. */
    JsonNode required(String field) {
        JsonNode value = node.get(field);
        if (value == null || value.isNull()) {
            throw PipelineException.field(Kind.INVALID_FIELD, file, field, "is missing; export the component again");
        }
        return value;
    }

    /** Returns the error of a field with a value. */
    PipelineException invalid(String field, String rule, JsonNode value) {
        String shown = value.toString();
        return PipelineException.field(
                Kind.INVALID_FIELD,
                file,
                field,
                rule + ", was " + (shown.length() > 60 ? shown.substring(0, 60) + "..." : shown)
                        + "; export the component again");
    }
}
