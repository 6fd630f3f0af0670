package io.scoreflux.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the values of samples from NDJSON. */
final class NdjsonRows {
    private NdjsonRows() {}

    /** The samples of a file that did not fail. */
    static RowSet read(Path file) {
        List<double[]> rows = new ArrayList<>();
        long failed = 0;
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            long number = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                JsonFields sample = Json.readLine(file + ", line " + number, line);
                if (sample.has("status") && sample.text("status").equals("failed")) {
                    failed++;
                    continue;
                }
                double[] row = sample.numbers("values");
                if (!rows.isEmpty() && rows.get(0).length != row.length) {
                    throw sample.error(
                            "values", "must have " + rows.get(0).length + " numbers like the first, has " + row.length);
                }
                rows.add(row);
            }
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
        return new RowSet(file.toString(), rows, failed);
    }
}
