package io.scoreflux.model.network;

import io.scoreflux.error.InvalidArgumentException;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The fields of a scheduler's configuration. Null is a value of the fields only for which {@code diffusers} has it as the default. Refusals name
 * the file and the field.
 */
final class SchedulerFields {
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final String LIST = "must be a list of finite numbers";
    /** Fields whose default in {@code diffusers} is null. Null counts as missing there. */
    private static final Set<String> NULLABLE = Set.of("trained_betas", "variance_type", "sigma_min", "sigma_max");

    private static final String TRAINING = "give the value that the network was trained with";
    /** The maximum number of characters of a value in a message. */
    private static final int SHOWN = 60;

    private final String name;
    private final JsonNode node;

    SchedulerFields(String name, String json) {
        this.name = name;
        try {
            this.node = MAPPER.readTree(json);
        } catch (JacksonException e) {
            throw new InvalidArgumentException(
                    name + ": the file",
                    "must be JSON",
                    "invalid in line "
                            + (e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
                    "save the scheduler again");
        }
        if (!node.isObject()) {
            throw new InvalidArgumentException(
                    name + ": the file", "must be an object {...}", shown(node), "save the scheduler again");
        }
    }

    boolean has(String field) {
        JsonNode value = node.get(field);
        if (value == null || (value.isNull() && NULLABLE.contains(field))) {
            return false;
        }
        if (value.isNull()) {
            throw refusal(field, "must not be null", "leave it out for the default", TRAINING);
        }
        return true;
    }

    boolean flag(String field) {
        if (!has(field)) {
            return false;
        }
        if (!node.get(field).isBoolean()) {
            throw refusal(field, "must be true or false");
        }
        return node.get(field).booleanValue();
    }

    /** One of several names. */
    String oneOf(String field, String usual, List<String> names, String... remedies) {
        String value = text(field, usual);
        if (!names.contains(value)) {
            int last = names.size() - 1;
            String all =
                    last == 0 ? names.get(0) : String.join(", ", names.subList(0, last)) + " or " + names.get(last);
            throw refusal(field, "must be " + all, remedies);
        }
        return value;
    }

    String text(String field, String usual) {
        if (!has(field)) {
            return usual;
        }
        if (!node.get(field).isString()) {
            throw refusal(field, "must be a string", TRAINING);
        }
        return node.get(field).stringValue();
    }

    /** A finite number greater than 0. */
    double positive(String field, double usual) {
        double value = has(field) ? number(field, node.get(field), "must be a finite number") : usual;
        if (!(value > 0)) {
            throw refusal(field, "must be finite and greater than 0");
        }
        return value;
    }

    /** A number in (0, 1). */
    double fraction(String field, double usual) {
        double value = has(field) ? number(field, node.get(field), "must be a finite number") : usual;
        if (!(value > 0 && value < 1)) {
            throw refusal(field, "must be in (0, 1)");
        }
        return value;
    }

    int count(String field, int usual, int least, int most) {
        if (!has(field)) {
            return usual;
        }
        JsonNode value = node.get(field);
        if (!value.isIntegralNumber()
                || !value.canConvertToInt()
                || value.intValue() < least
                || value.intValue() > most) {
            throw refusal(field, "must be a whole number from " + least + " to " + most);
        }
        return value.intValue();
    }

    double[] numbers(String field) {
        JsonNode list = node.get(field);
        if (!list.isArray()) {
            throw refusal(field, LIST);
        }
        return list.values().stream()
                .mapToDouble(value -> number(field, value, LIST))
                .toArray();
    }

    private double number(String field, JsonNode value, String rule) {
        double number = value.isNumber() ? value.doubleValue(Double.NaN) : Double.NaN;
        if (!Double.isFinite(number)) {
            throw refusal(field, rule);
        }
        return number;
    }

    /** Requires one of several names for a field that is otherwise ignored. */
    void requireOneOf(String field, List<String> names) {
        if (has(field)) {
            oneOf(field, "", names, "leave it out, as it does not affect the noise levels");
        }
    }

    /** The exception for the value of a field. Without remedies it has a general one. */
    InvalidArgumentException refusal(String field, String rule, String... remedies) {
        JsonNode value = node.get(field);
        return refusalOf(field, rule, value == null ? "missing" : shown(value), remedies);
    }

    /** The exception for a value that follows from a field. */
    InvalidArgumentException refusalOf(String field, String rule, String value, String... remedies) {
        return new InvalidArgumentException(
                name + ": " + field, rule, value, remedies.length == 0 ? new String[] {TRAINING} : remedies);
    }

    private static String shown(JsonNode value) {
        String text = value.isString() ? "'" + value.stringValue() + "'" : value.toString();
        text = text.replaceAll("[\\p{Cntrl}\\s]+", " ");
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    }
}
