package io.scoreflux.cli.command;

import io.scoreflux.files.format.JsonOutput;
import io.scoreflux.files.posterior.PosteriorSummary;
import io.scoreflux.logconcave.Diagnostics;
import java.io.ByteArrayOutputStream;
import tools.jackson.core.JsonGenerator;

/** Writes the summary of a posterior as one JSON object. */
final class SummaryFile {
    private static final String[] QUANTILES = {"q2.5", "q25", "q50", "q75", "q97.5"};

    private SummaryFile() {}

    /** The content of the file. */
    static byte[] bytes(PosteriorSummary summary, int chains) {
        Diagnostics.Summary run = summary.diagnostics();
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (JsonGenerator json = JsonOutput.generator(text)) {
            json.writeStartObject();
            json.writeNumberProperty("draws", run.draws());
            json.writeNumberProperty("failed", run.failed());
            json.writeNumberProperty("gradients", run.gradients());
            json.writeNumberProperty("burnInGradients", run.burnInGradients());
            json.writeNumberProperty("pilotGradients", summary.pilotGradients());
            number(json, "acceptance", run.acceptance());
            number(json, "overflow", run.overflow());
            number(json, "clippingPerDraw", run.clippingPerDraw());
            json.writeName("coefficients");
            json.writeStartArray();
            for (PosteriorSummary.Line line : summary.lines()) {
                json.writeStartObject();
                json.writeStringProperty("name", line.name());
                number(json, "mean", line.moments().mean());
                number(json, "sd", line.moments().deviation());
                for (int i = 0; i < QUANTILES.length; i++) {
                    number(json, QUANTILES[i], line.quantiles().get(i));
                }
                number(json, "ess", line.moments().effectiveSize());
                number(json, "rhat", line.moments().splitRhat());
                number(json, "mcse", line.moments().standardError());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeName("warnings");
            json.writeStartArray();
            Warnings.of(run, chains).forEach(json::writeString);
            json.writeEndArray();
            json.writeEndObject();
        }
        return text.toByteArray();
    }

    /** Writes null for an unknown number, because JSON has no NaN. */
    private static void number(JsonGenerator json, String name, double value) {
        if (Double.isFinite(value)) {
            json.writeNumberProperty(name, value);
        } else {
            json.writeNullProperty(name);
        }
    }
}
