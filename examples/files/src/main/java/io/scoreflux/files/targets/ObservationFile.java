package io.scoreflux.files.targets;

import io.scoreflux.files.input.Json;
import io.scoreflux.files.input.JsonFields;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.Observation;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** Reads observations of samples: values at indices, or products with a matrix. */
public final class ObservationFile {
    private ObservationFile() {}

    /**
     * Reads the observation and conditions a denoiser on it.
     *
     * @param given creates the denoiser from the observation
     */
    public static <T> T read(Path file, Function<Observation, T> given) {
        JsonFields fields = Json.read(file);
        boolean picks = fields.has("indices");
        fields.allow(List.of("indices", "matrix", "values", "noise"));
        if (picks == fields.has("matrix")) {
            throw new UserError(
                    file + ": give either 'indices' or 'matrix', " + (picks ? "both are given" : "neither is given"));
        }
        double[] values = fields.numbers("values");
        double noise = fields.number("noise");
        try {
            Observation observation = picks
                    ? Observation.pixels(indices(fields), values, noise)
                    : Observation.linear(fields.matrix("matrix"), values, noise);
            return given.apply(observation);
        } catch (IllegalArgumentException e) {
            throw new UserError(file + ": " + e.getMessage(), e);
        }
    }

    private static int[] indices(JsonFields fields) {
        List<JsonNode> list = fields.list("indices");
        int[] indices = new int[list.size()];
        for (int i = 0; i < indices.length; i++) {
            JsonNode node = list.get(i);
            if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0) {
                throw fields.error("indices[" + i + "]", "must be a whole number of at least 0, was " + node);
            }
            indices[i] = node.intValue();
        }
        return indices;
    }
}
