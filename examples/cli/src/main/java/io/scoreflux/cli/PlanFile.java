package io.scoreflux.cli;

import io.scoreflux.stage.Plan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Plans as JSON files: the fields of {@link Plan}. */
final class PlanFile {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private PlanFile() {}

    static void write(AtomicFile file, Plan plan) throws IOException {
        file.out().write(JSON.writeValueAsString(plan).getBytes(StandardCharsets.UTF_8));
        file.commit();
    }

    static Plan read(Path file) {
        try {
            Plan plan = JSON.readValue(Files.readString(file), Plan.class);
            if (plan == null) {
                throw new UserError(file + " is not a plan: it is empty; make one with --save-plan");
            }
            return plan;
        } catch (IOException e) {
            throw new UserError("cannot read " + file + ": " + UserError.reason(e), e);
        } catch (JacksonException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            String why = cause instanceof JacksonException json ? json.getOriginalMessage() : cause.getMessage();
            throw new UserError(file + " is not a plan: " + why + "; make one with --save-plan", e);
        }
    }
}
