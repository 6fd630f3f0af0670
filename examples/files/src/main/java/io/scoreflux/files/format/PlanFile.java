package io.scoreflux.files.format;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.scoreflux.Plan;
import io.scoreflux.error.HasViolation;
import io.scoreflux.files.input.JsonErrors;
import io.scoreflux.files.input.TextReader;
import io.scoreflux.files.text.UserError;
import io.scoreflux.solve.Placement;
import io.scoreflux.solve.budget.PlacedBudget;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads and writes plans as JSON files, with the fields of {@link Plan}, except that the stage boundaries are in the field {@code cuts}.
 * Noise levels for a budget of calls are in the field {@code budget}, which has the fields of {@link PlacedBudget}. The placement of another
 * solver is in the field {@code placement}. The field {@code target} identifies the target that the plan was made for; older files lack it.
 */
public final class PlanFile {
    private static final String BOUNDARIES = "cuts";
    private static final String BUDGET = "budget";
    private static final String CORRECTIONS = "corrections";
    private static final String PLACEMENT = "placement";
    private static final String TARGET = "target";
    private static final Map<String, String> FIELDS = Map.of("boundaries", BOUNDARIES);
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .addMixIn(Plan.class, PlanFields.class)
            .build();

    private PlanFile() {}

    /** The names of fields that differ from the names of the record. */
    private interface PlanFields {
        @JsonProperty(BOUNDARIES)
        List<Double> boundaries();
    }

    /** An object with only this field, so that error messages name it. */
    private record BudgetField(@Nullable PlacedBudget budget) {}

    /** An object with only this field, so that error messages name it. */
    private record TargetField(@Nullable PlanTarget target) {}

    /** Whether a placement is that of a budget of calls. */
    public static boolean isBudget(Placement placement) {
        return placement.solver().equals(BUDGET);
    }

    /** The content of a file. */
    public static byte[] bytes(Plan plan, PlanTarget target) {
        ObjectNode written = tree(plan);
        written.set(TARGET, JSON.valueToTree(target));
        return JSON.writeValueAsString(written).getBytes(StandardCharsets.UTF_8);
    }

    /** The fields of a plan, without its target. */
    public static ObjectNode tree(Plan plan) {
        Placement placement = plan.placement();
        ObjectNode written = JSON.createObjectNode();
        for (Map.Entry<String, JsonNode> field : JSON.valueToTree(plan).properties()) {
            if (field.getKey().equals(PLACEMENT) && (placement == null || isBudget(placement))) {
                written.set(BUDGET, JSON.valueToTree(placement == null ? null : PlacedBudget.of(placement)));
            } else {
                written.set(field.getKey(), field.getValue());
            }
        }
        return written;
    }

    /**
     * The plan of a {@link #tree}.
     *
     * @param where the file that holds it, for messages
     */
    public static Plan plan(JsonNode tree, String where) {
        try {
            return JSON.treeToValue(complete(tree.deepCopy()), Plan.class);
        } catch (JacksonException e) {
            throw notPlan(where, e);
        }
    }

    private static UserError notPlan(String where, JacksonException e) {
        return new UserError(where + " is not a plan: " + why(e) + "; make one with --save-plan", e);
    }

    /** Reads a plan for any target. */
    public static Plan read(Path file) {
        return read(file, found -> {});
    }

    /** Reads a plan, and rejects it if it names another target. */
    public static Plan read(Path file, PlanTarget target) {
        return read(file, found -> {
            if (!found.isSame(target)) {
                throw new UserError("--plan " + file + ": the plan must be for the target " + target + ", was for "
                        + found + (found.name().equals(target.name()) ? " with other content" : "")
                        + "; make a plan for this target with --save-plan");
            }
        });
    }

    private static Plan read(Path file, Consumer<PlanTarget> check) {
        String text = TextReader.read(file);
        try {
            JsonNode tree = text.isBlank() ? null : JSON.readTree(text);
            JsonNode target = tree instanceof ObjectNode fields ? fields.remove(TARGET) : null;
            Plan plan = tree == null ? null : JSON.treeToValue(complete(tree), Plan.class);
            PlanTarget madeFor = target == null ? null : target(target);
            if (madeFor != null) {
                check.accept(madeFor);
            }
            if (plan == null) {
                throw new UserError(file + " is not a plan: it is empty; make one with --save-plan");
            }
            return plan;
        } catch (StreamReadException e) {
            throw JsonErrors.invalidFile(file.toString(), e);
        } catch (JacksonException e) {
            throw notPlan(file.toString(), e);
        }
    }

    private static @Nullable PlanTarget target(JsonNode node) {
        ObjectNode field = JSON.createObjectNode().set(TARGET, node);
        return JSON.treeToValue(field, TargetField.class).target();
    }

    /** Converts the fields of a file to those of {@link Plan}. */
    private static JsonNode complete(JsonNode plan) {
        if (!(plan instanceof ObjectNode fields)) {
            return plan;
        }
        if (!fields.has("trajectoryBytes")) {
            // Older files lack it. Its value is computed again in any case.
            fields.put("trajectoryBytes", 0);
        }
        if (!fields.has(PLACEMENT)) {
            if (fields.get(BUDGET) instanceof ObjectNode budget && !budget.has(CORRECTIONS)) {
                // Older files lack them. No trajectory leaves the levels then.
                budget.putArray(CORRECTIONS);
            }
            ObjectNode field = JSON.createObjectNode().set(BUDGET, fields.remove(BUDGET));
            PlacedBudget budget = JSON.treeToValue(field, BudgetField.class).budget();
            fields.set(PLACEMENT, JSON.valueToTree(budget == null ? null : budget.placement()));
        }
        return fields;
    }

    /** The rule that a field violates. The text comes from {@link Plan} if that checks the rule. */
    private static String why(JacksonException e) {
        if (e.getCause() instanceof HasViolation rule) {
            return rule.violation().named(FIELDS::get).message();
        }
        if (e.getCause() instanceof NullPointerException missing && missing.getMessage() != null) {
            return "'" + FIELDS.getOrDefault(missing.getMessage(), missing.getMessage()) + "' is missing";
        }
        String field = e.getPath().stream()
                .map(JacksonException.Reference::getPropertyName)
                .filter(Objects::nonNull)
                .collect(Collectors.joining("."));
        if (e instanceof UnrecognizedPropertyException) {
            return "it has no field '" + field + "'";
        }
        return field.isEmpty()
                ? "a field is missing or of the wrong kind"
                : "'" + field + "' is missing or of the wrong kind";
    }
}
