package io.scoreflux.files.format;

import io.scoreflux.files.input.Json;
import io.scoreflux.files.input.JsonFields;
import io.scoreflux.files.input.TextReader;
import io.scoreflux.files.text.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;

/** Reads the values of samples, draws or other objects from NDJSON. Blank lines are skipped. */
final class NdjsonRows {
    private NdjsonRows() {}

    /**
     * The rows of a file.
     *
     * @param skipFailed whether to skip samples with the status {@code failed}; otherwise they are rejected
     */
    static RowSet read(Path file, boolean skipFailed) {
        RowSet.Builder rows = new RowSet.Builder(file.toString(), skipFailed);
        try (BufferedReader reader = TextReader.open(file)) {
            long number = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (!line.isBlank()) {
                    add(rows, Json.readLine(file + ", line " + number, line), file + ", line " + number);
                }
            }
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
        return rows.build();
    }

    private static void add(RowSet.Builder rows, JsonFields sample, String where) {
        if (sample.has("status") && sample.text("status").equals("failed")) {
            rows.addFailed(where, "line");
            return;
        }
        double[] row = sample.numbers("values");
        if (rows.dimension() > 0 && rows.dimension() != row.length) {
            throw sample.error(
                    "values", "must have " + rows.dimension() + " numbers like the first, has " + row.length);
        }
        rows.add(row);
    }
}
