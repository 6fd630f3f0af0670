package io.scoreflux.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVRecord;

/**
 * Reads CSV: numbers only, or below one header line, which is a first line without a number. Of a header with columns x0,
 * x1, ... only those are read, and of the header of draws what follows the certificate, so that what was written can be read back.
 */
final class CsvRows {
    private final String name;
    private final boolean skipFailed;
    private final List<double[]> rows = new ArrayList<>();
    private long failed;
    private int cells;
    private int status = -1;
    private int[] columns = {};

    private CsvRows(String name, boolean skipFailed) {
        this.name = name;
        this.skipFailed = skipFailed;
    }

    /** At least one row; a row whose status is {@code failed} is an error. */
    static RowSet read(Path file) {
        RowSet rows = read(file, false);
        if (rows.rows().isEmpty()) {
            throw new UserError(file + ": the file has no rows; give at least one line of numbers");
        }
        return rows;
    }

    /** The rows of a file. */
    static RowSet read(Path file, boolean skipFailed) {
        CsvRows rows = new CsvRows(file.toString(), skipFailed);
        CsvCells.read(file, rows::add);
        return rows.all();
    }

    /** The rows of a text. */
    static RowSet read(Reader text, String name, boolean skipFailed) throws IOException {
        CsvRows rows = new CsvRows(name, skipFailed);
        CsvCells.read(text, name, rows::add);
        return rows.all();
    }

    private RowSet all() {
        return new RowSet(name, rows, failed);
    }

    private void add(CSVRecord record, String where) {
        if (record.getRecordNumber() == 1) {
            cells = record.size();
            columns = allOf(cells);
            List<String> first = record.stream().map(CsvCells::withoutMark).toList();
            if (first.stream().noneMatch(Decimal::isNumber)) {
                header(first);
                return;
            }
        }
        if (record.size() != cells) {
            throw new UserError(where + " has " + record.size() + " cells, the first line has " + cells
                    + "; give each line as many");
        }
        if (status >= 0 && record.get(status).equals("failed")) {
            if (!skipFailed) {
                throw new UserError(where + " is a failed sample without values; remove the line");
            }
            failed++;
            return;
        }
        double[] row = new double[columns.length];
        for (int i = 0; i < row.length; i++) {
            row[i] = Decimal.parse(where + ", cell " + (columns[i] + 1), CsvCells.withoutMark(record.get(columns[i])));
        }
        rows.add(row);
    }

    private void header(List<String> names) {
        status = names.indexOf("status");
        if (DrawHeader.is(names)) {
            columns = DrawHeader.columns(names);
            return;
        }
        if (names.contains("x0")) {
            columns = allOf(
                    (int) names.stream().filter(name -> name.matches("x\\d+")).count());
            for (int i = 0; i < columns.length; i++) {
                columns[i] = names.indexOf("x" + i);
                if (columns[i] < 0) {
                    throw new UserError(name + ", line 1: the header has no column x" + i + "; columns must be x0 to x"
                            + (columns.length - 1));
                }
            }
        }
    }

    private static int[] allOf(int n) {
        int[] all = new int[n];
        for (int i = 0; i < n; i++) {
            all[i] = i;
        }
        return all;
    }
}
