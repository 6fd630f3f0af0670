package io.scoreflux.files.format;

import io.scoreflux.files.text.Decimal;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.commons.csv.CSVFormat;

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
        StringBuilder line = new StringBuilder().append(row.index());
        Columns.CERTIFICATE.stream().skip(1).forEach(name -> cell(line, row, name));
        double[] values = row.values();
        for (int i = 0; i < columns.coordinates().size(); i++) {
            line.append(',').append(values == null ? "" : Decimal.of(values[i]));
        }
        columns.further().forEach(name -> field(line, row, name));
        end(line);
    }

    /** A field after the coordinates, which may be a text with commas and quotes. */
    private static void field(StringBuilder line, OutputRow row, String name) {
        if (row.fields().get(name) instanceof String text) {
            line.append(',').append(CSVFormat.RFC4180.format(text));
        } else {
            cell(line, row, name);
        }
    }

    /** A cell without commas and quotes. */
    private static void cell(StringBuilder line, OutputRow row, String name) {
        Object value = row.fields().get(name);
        line.append(',').append(value == null ? "" : value instanceof Double number ? Decimal.of(number) : value);
    }

    private void end(StringBuilder line) throws IOException {
        out.write(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
    }
}
