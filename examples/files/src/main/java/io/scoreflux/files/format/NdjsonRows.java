package io.scoreflux.files.format;

import io.scoreflux.files.input.Json;
import io.scoreflux.files.input.JsonFields;
import io.scoreflux.files.input.TextReader;
import io.scoreflux.files.text.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads samples, draws or the values of other objects from NDJSON. Blank lines are skipped. */
final class NdjsonRows {
    private NdjsonRows() {}

    /**
     * The rows of a file.
     *
     * @param skipFailed whether to skip samples with the status {@code failed}; otherwise they are rejected
     */
    static RowSet read(Path file, boolean skipFailed) {
        RowSet.Builder rows = new RowSet.Builder(file.toString(), skipFailed);
        try {
            lines(file, (sample, where) -> add(rows, sample, where));
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
        return rows.build();
    }

    /** See {@link RowReader#read}. */
    static void readBack(Path file, Columns columns, RowReader.Sink sink) throws IOException {
        lines(file, (sample, where) -> sink.take(row(sample, columns)));
    }

    /** Receives the objects of a file. */
    private interface Lines {
        void take(JsonFields object, String where) throws IOException;
    }

    private static void lines(Path file, Lines lines) throws IOException {
        try (BufferedReader reader = TextReader.open(file)) {
            long number = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (!line.isBlank()) {
                    String where = file + ", line " + number;
                    lines.take(Json.readLine(where, line), where);
                }
            }
        }
    }

    private static OutputRow row(JsonFields sample, Columns columns) {
        sample.allow(Stream.concat(
                        Stream.of(Field.INDEX, Field.VALUES),
                        columns.fields().stream().map(Field::name))
                .toList());
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (Field field : columns.fields()) {
            String name = field.name();
            if (sample.has(name)) {
                fields.put(name, value(sample, field));
            } else if (sample.isNull(name)) {
                fields.put(name, null);
            }
        }
        double[] values = sample.has(Field.VALUES) ? sample.numbers(Field.VALUES) : null;
        return new OutputRow(sample.integer(Field.INDEX), values, fields);
    }

    private static Object value(JsonFields sample, Field field) {
        return switch (field.type()) {
            case TEXT -> sample.text(field.name());
            case INTEGER -> sample.integer(field.name());
            case NUMBER -> sample.number(field.name());
        };
    }

    private static void add(RowSet.Builder rows, JsonFields sample, String where) {
        if (sample.has("status") && sample.text("status").equals("failed")) {
            rows.addFailed(where, "line");
            return;
        }
        rows.markWeighted(sample::has);
        double[] row = sample.numbers("values");
        if (rows.dimension() > 0 && rows.dimension() != row.length) {
            throw sample.error(
                    "values", "must have " + rows.dimension() + " numbers like the first, has " + row.length);
        }
        rows.add(row);
    }
}
