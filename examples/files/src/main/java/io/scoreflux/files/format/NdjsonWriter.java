package io.scoreflux.files.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Writes one JSON object per line: index, values unless the row failed, and all other fields. */
final class NdjsonWriter implements RowWriter {
    private final OutputStream out;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    NdjsonWriter(OutputStream out, Columns columns, long count) {
        this.out = out;
    }

    @Override
    public void write(OutputRow row) throws IOException {
        // A buffer holds each line, so that the stream's exceptions are not wrapped and no line is written in part.
        line.reset();
        try (JsonGenerator json = JsonOutput.generator(line)) {
            json.writeStartObject();
            json.writeNumberProperty("index", row.index());
            double[] values = row.values();
            if (values != null) {
                json.writeName("values");
                json.writeArray(values, 0, values.length);
            }
            for (Map.Entry<String, @Nullable Object> field : row.fields().entrySet()) {
                write(json, field.getKey(), field.getValue());
            }
            json.writeEndObject();
        }
        line.write('\n');
        line.writeTo(out);
    }

    private static void write(JsonGenerator json, String name, @Nullable Object value) {
        if (value == null) {
            json.writeNullProperty(name);
        } else if (value instanceof Double number) {
            json.writeNumberProperty(name, number);
        } else if (value instanceof Long whole) {
            json.writeNumberProperty(name, whole);
        } else {
            json.writeStringProperty(name, value.toString());
        }
    }
}
