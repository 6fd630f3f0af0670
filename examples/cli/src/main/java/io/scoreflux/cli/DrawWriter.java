package io.scoreflux.cli;

import io.scoreflux.Draw;
import io.scoreflux.solve.Certificate;
import io.scoreflux.state.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** Writes draws in one file format, as samples with a chain and a number. Does not close the stream it writes to. */
interface DrawWriter {
    /** A draw has no estimate of an error, like a sample of a fixed-step solver. */
    String STATUS = Certificate.Status.UNESTIMATED.toString();

    /** Writes what comes before the first draw. */
    default void begin() throws IOException {}

    /** Writes one draw. */
    void write(Draw draw) throws IOException;

    /**
     * A writer.
     *
     * @param names of the coefficients
     * @param count the number of draws that will be written
     */
    static DrawWriter of(Format format, OutputStream out, List<String> names, long count) {
        return switch (format) {
            case NDJSON -> new Ndjson(out);
            case CSV -> new Csv(out, names);
            case NPY -> new Npy(new NpyWriter(out, names.size(), count));
        };
    }

    private static long calls(Draw draw) {
        return draw.effort().gradients() + draw.effort().burnInGradients();
    }

    /** One JSON object a line: index, values, status, calls, error, chain, draw, reason. */
    record Ndjson(OutputStream out) implements DrawWriter {
        @Override
        public void write(Draw draw) throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            Failure failure = draw.failure();
            try (JsonGenerator json = Json.generator(line)) {
                json.writeStartObject();
                json.writeNumberProperty("index", draw.index());
                if (failure == null) {
                    json.writeName("values");
                    double[] values = draw.values();
                    json.writeArray(values, 0, values.length);
                }
                json.writeStringProperty("status", failure == null ? STATUS : "failed");
                json.writeNumberProperty("calls", calls(draw));
                json.writeNullProperty("error");
                json.writeNumberProperty("chain", draw.chain());
                json.writeNumberProperty("draw", draw.number());
                if (failure != null) {
                    json.writeStringProperty("reason", MessageText.of(failure));
                }
                json.writeEndObject();
            }
            line.write('\n');
            line.writeTo(out);
        }
    }

    /** A header and one line per draw: index, status, calls, error, the coefficients by name, chain, draw. */
    record Csv(OutputStream out, List<String> names) implements DrawWriter {
        @Override
        public void begin() throws IOException {
            end(new StringBuilder(DrawHeader.of(names)));
        }

        @Override
        public void write(Draw draw) throws IOException {
            StringBuilder line = new StringBuilder()
                    .append(draw.index())
                    .append(',')
                    .append(draw.failed() ? "failed" : STATUS)
                    .append(',')
                    .append(calls(draw))
                    .append(',');
            double[] values = draw.failed() ? new double[0] : draw.values();
            for (int i = 0; i < names.size(); i++) {
                line.append(',');
                if (i < values.length) {
                    line.append(Decimal.of(values[i]));
                }
            }
            end(line.append(',').append(draw.chain()).append(',').append(draw.number()));
        }

        private void end(StringBuilder line) throws IOException {
            out.write(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The values alone. */
    record Npy(NpyWriter writer) implements DrawWriter {
        @Override
        public void begin() throws IOException {
            writer.begin();
        }

        @Override
        public void write(Draw draw) throws IOException {
            writer.row(draw.failed() ? null : draw.values());
        }
    }
}
