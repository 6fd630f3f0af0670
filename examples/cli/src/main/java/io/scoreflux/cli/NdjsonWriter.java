package io.scoreflux.cli;

import io.scoreflux.Sample;
import io.scoreflux.solve.Certificate;
import io.scoreflux.solve.CoinTally;
import io.scoreflux.state.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * One JSON object a line: index, values, status, calls, rounds, error, intervals, lowest and highest degree, what rejection sampling
 * cost and clipped, reason.
 */
final class NdjsonWriter implements SampleWriter {
    private final OutputStream out;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    NdjsonWriter(OutputStream out) {
        this.out = out;
    }

    @Override
    public void begin() {}

    @Override
    public void write(Sample sample, @Nullable Density density) throws IOException {
        // Through a buffer of our own, so that what the stream throws arrives as it is, and no line is torn.
        line.reset();
        try (JsonGenerator json = Json.generator(line)) {
            json.writeStartObject();
            json.writeNumberProperty("index", sample.index());
            if (!sample.failed()) {
                json.writeName("values");
                double[] values = sample.values();
                json.writeArray(values, 0, values.length);
            }
            certificate(json, sample.certificate());
            if (density != null) {
                json.writeNumberProperty("logDensity", density.logDensity());
                if (density.standardError().isPresent()) {
                    json.writeNumberProperty(
                            "standardError", density.standardError().getAsDouble());
                } else {
                    json.writeNullProperty("standardError");
                }
                json.writeNumberProperty("bitsPerDimension", density.bitsPerDimension());
            }
            json.writeEndObject();
        }
        line.write('\n');
        line.writeTo(out);
    }

    private static void certificate(JsonGenerator json, Certificate certificate) {
        json.writeStringProperty("status", certificate.status().toString());
        json.writeNumberProperty("calls", certificate.calls());
        json.writeNumberProperty("rounds", certificate.rounds());
        if (certificate.error().isPresent()) {
            json.writeNumberProperty("error", certificate.error().getAsDouble());
        } else {
            json.writeNullProperty("error");
        }
        json.writeNumberProperty("intervals", certificate.intervals());
        json.writeNumberProperty("lowestDegree", certificate.lowestDegree());
        json.writeNumberProperty("highestDegree", certificate.highestDegree());
        CoinTally coin = certificate.coin();
        if (coin != null) {
            json.writeNumberProperty("draws", coin.draws());
            json.writeNumberProperty("proposals", coin.proposals());
            json.writeNumberProperty("weights", coin.weights());
            json.writeNumberProperty("overflows", coin.overflows());
            json.writeNumberProperty("clipping", coin.clipping());
        }
        Failure failure = certificate.failure();
        if (failure != null) {
            json.writeStringProperty("reason", MessageText.of(failure));
        }
    }
}
