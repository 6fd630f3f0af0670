package io.scoreflux.files.targets;

import io.scoreflux.files.input.Json;
import io.scoreflux.files.input.JsonFields;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.Observation;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** Reads observations of samples: values at indices, averages of groups of them, or products with a matrix. */
public final class ObservationFile {
    private static final String INDICES = "indices";
    private static final String GROUPS = "groups";
    private static final String MATRIX = "matrix";
    private static final String NOISE = "noise";
    private static final List<String> KINDS = List.of(INDICES, GROUPS, MATRIX);

    private ObservationFile() {}

    /**
     * Reads the observation and conditions a denoiser on it.
     *
     * @param dimension the number of numbers in a sample
     * @param given creates the denoiser from the observation
     */
    public static <T> T read(Path file, int dimension, Function<Observation, T> given) {
        JsonFields fields = Json.read(file);
        fields.allow(List.of(INDICES, GROUPS, MATRIX, "values", NOISE));
        List<String> kinds = KINDS.stream().filter(fields::has).toList();
        if (kinds.size() != 1) {
            throw new UserError(file + ": give one of 'indices', 'groups' and 'matrix', "
                    + (kinds.isEmpty() ? "none is given" : String.join(" and ", kinds) + " are given"));
        }
        try {
            return given.apply(observation(fields, kinds.get(0), dimension));
        } catch (IllegalArgumentException e) {
            throw new UserError(file + ": " + MessageText.of(e), e);
        }
    }

    private static Observation observation(JsonFields fields, String kind, int dimension) {
        double[] values = fields.numbers("values");
        if (fields.required(NOISE).isArray()) {
            return Observation.linear(rows(fields, kind, dimension), values, covariance(fields));
        }
        double noise = fields.number(NOISE);
        return switch (kind) {
            case INDICES -> Observation.pixels(indices(fields, INDICES, fields.list(INDICES)), values, noise);
            case GROUPS -> Observation.averages(dimension, groups(fields), values, noise);
            default -> Observation.linear(fields.matrix(MATRIX), values, noise);
        };
    }

    /** The covariance of the errors: a list of standard deviations, or a matrix, like the std of a mixture's component. */
    private static Covariance covariance(JsonFields fields) {
        boolean isMatrix = fields.list(NOISE).get(0).isArray();
        return isMatrix ? Covariance.full(fields.matrix(NOISE)) : Covariance.diagonal(fields.numbers(NOISE));
    }

    /** The matrix A of an observation whose errors differ. */
    private static double[][] rows(JsonFields fields, String kind, int dimension) {
        return switch (kind) {
            case INDICES -> picked(fields, dimension);
            case GROUPS -> averaged(fields, dimension);
            default -> fields.matrix(MATRIX);
        };
    }

    private static double[][] picked(JsonFields fields, int dimension) {
        int[] indices = indices(fields, INDICES, fields.list(INDICES));
        requireDistinct(fields, INDICES, indices, dimension);
        double[][] rows = new double[indices.length][dimension];
        for (int i = 0; i < rows.length; i++) {
            rows[i][indices[i]] = 1;
        }
        return rows;
    }

    private static double[][] averaged(JsonFields fields, int dimension) {
        int[][] groups = groups(fields);
        double[][] rows = new double[groups.length][dimension];
        for (int i = 0; i < rows.length; i++) {
            requireDistinct(fields, GROUPS + "[" + i + "]", groups[i], dimension);
            for (int index : groups[i]) {
                rows[i][index] = 1.0 / groups[i].length;
            }
        }
        return rows;
    }

    private static void requireDistinct(JsonFields fields, String name, int[] indices, int dimension) {
        Set<Integer> seen = new HashSet<>();
        for (int index : indices) {
            if (index >= dimension) {
                throw fields.error(name, "must be below " + dimension + ", the target's dimension, was " + index);
            }
            if (!seen.add(index)) {
                throw fields.error(name, "must be distinct, was " + index + " twice");
            }
        }
    }

    private static int[][] groups(JsonFields fields) {
        List<JsonNode> lists = fields.list(GROUPS);
        int[][] groups = new int[lists.size()][];
        for (int i = 0; i < groups.length; i++) {
            String name = GROUPS + "[" + i + "]";
            JsonNode list = lists.get(i);
            if (!list.isArray() || list.isEmpty()) {
                throw fields.error(name, "must be a list of indices that is not empty, was " + list);
            }
            groups[i] = indices(fields, name, List.copyOf(list.values()));
        }
        return groups;
    }

    private static int[] indices(JsonFields fields, String name, List<JsonNode> list) {
        int[] indices = new int[list.size()];
        Arrays.setAll(indices, i -> {
            JsonNode node = list.get(i);
            if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0) {
                throw fields.error(name + "[" + i + "]", "must be a whole number of at least 0, was " + node);
            }
            return node.intValue();
        });
        return indices;
    }
}
