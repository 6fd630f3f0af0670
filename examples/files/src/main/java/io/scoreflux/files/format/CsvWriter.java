package io.scoreflux.files.format;

import io.scoreflux.files.text.Decimal;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes a header and one line per row: index, status, calls, error, the coordinates, and further fields. Unknown numbers are empty cells.
 */
final class CsvWriter implements RowWriter {
    private final OutputStream out;
    private final Columns columns;

    CsvWriter(OutputStream out, Columns columns, long count) {
        this.out = out;
        this.columns = columns;
    }

    @Override
    public void begin() throws IOException {
        end(new StringBuilder(columns.header()));
    }

    @Override
    public void write(OutputRow row) throws IOException {
        // No cell holds a comma or a quote, so nothing needs escaping.
        StringBuilder line = new StringBuilder().append(row.index());
        Columns.CERTIFICATE.stream().skip(1).forEach(name -> cell(line, row, name));
        double[] values = row.values();
        for (int i = 0; i < columns.coordinates().size(); i++) {
            line.append(',').append(values == null ? "" : Decimal.of(values[i]));
        }
        columns.further().forEach(name -> cell(line, row, name));
        end(line);
    }

    private static void cell(StringBuilder line, OutputRow row, String name) {
        Object value = row.fields().get(name);
        line.append(',').append(value == null ? "" : value instanceof Double number ? Decimal.of(number) : value);
    }

    private void end(StringBuilder line) throws IOException {
        out.write(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
    }
}
