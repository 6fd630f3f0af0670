package io.scoreflux.files.format;

import io.scoreflux.files.text.Decimal;
import io.scoreflux.files.text.UserError;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads CSV: numbers, optionally below a header line in which each cell is a name. If the header has columns x0, x1, ..., only those are
 * read. From draws, only the coefficients are read. The program can therefore read its own output.
 */
public final class CsvRows {
    private final RowSet.Builder rows;
    private int width;
    private int status = -1;
    private int[] columns = {};
    private List<String> names = List.of();

    private CsvRows(String name, boolean skipFailed) {
        rows = new RowSet.Builder(name, skipFailed);
    }

    /**
     * The rows of a file.
     *
     * @param skipFailed whether to skip samples with the status {@code failed}; otherwise they are rejected
     */
    public static RowSet read(Path file, boolean skipFailed) {
        CsvRows rows = new CsvRows(file.toString(), skipFailed);
        CsvCells.read(file, rows::add);
        return rows.rows.build(rows.names);
    }

    /** The rows of a text. */
    public static RowSet read(Reader text, String name) throws IOException {
        CsvRows rows = new CsvRows(name, false);
        CsvCells.read(text, name, rows::add);
        return rows.rows.build(rows.names);
    }

    /** See {@link RowReader#read}. */
    static void readBack(Path file, Columns columns, RowReader.Sink sink) throws IOException {
        List<String> header = columns.cells();
        boolean[] begun = {false};
        try {
            CsvCells.read(file, (cells, where) -> {
                if (!begun[0]) {
                    begun[0] = true;
                    if (!cells.equals(header)) {
                        throw new UserError(where + ": the header must be " + columns.header());
                    }
                    return;
                }
                CsvCells.requireWidth(cells, header.size(), where);
                try {
                    sink.take(row(cells, columns, where));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static OutputRow row(List<String> cells, Columns columns, String where) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        int first = Columns.CERTIFICATE.size();
        int dimension = columns.coordinates().size();
        for (int i = 1; i < first; i++) {
            field(fields, Columns.CERTIFICATE.get(i), cells.get(i), columns, place(where, i));
        }
        for (int i = 0; i < columns.further().size(); i++) {
            int cell = first + dimension + i;
            field(fields, columns.further().get(i), cells.get(cell), columns, place(where, cell));
        }
        double[] values = null;
        if (!cells.get(first).isEmpty()) {
            values = new double[dimension];
            for (int i = 0; i < dimension; i++) {
                values[i] = Decimal.parse(place(where, first + i), cells.get(first + i));
            }
        }
        return new OutputRow(Decimal.integer(place(where, 0), cells.get(0)), values, fields);
    }

    private static void field(
            Map<String, @Nullable Object> fields, String name, String cell, Columns columns, String where) {
        fields.put(
                name,
                cell.isEmpty()
                        ? null
                        : switch (columns.type(name)) {
                            case TEXT -> cell;
                            case INTEGER -> Decimal.integer(where, cell);
                            case NUMBER -> Decimal.parse(where, cell);
                        });
    }

    private void add(List<String> cells, String where) {
        if (width == 0) {
            width = cells.size();
            if (isHeader(cells)) {
                header(cells, where);
                return;
            }
            requireNumbers(cells, where);
            take(ColumnNames.numbered(width), IntStream.range(0, width).toArray());
        }
        CsvCells.requireWidth(cells, width, where);
        if (status >= 0 && cells.get(status).equals("failed")) {
            rows.addFailed(where, "line");
            return;
        }
        double[] row = new double[columns.length];
        for (int i = 0; i < row.length; i++) {
            row[i] = Decimal.parse(place(where, columns[i]), cells.get(columns[i]));
        }
        rows.add(row);
    }

    private static String place(String where, int cell) {
        return where + ", cell " + (cell + 1);
    }

    /** Rejects a first line that is neither a header nor numbers. */
    private static void requireNumbers(List<String> cells, String where) {
        boolean names = cells.stream().noneMatch(Decimal::isNumber);
        for (int i = 0; i < cells.size(); i++) {
            String cell = cells.get(i);
            if (names && !ColumnNames.isName(cell)) {
                throw Decimal.wrong(
                        place(where, i),
                        cell,
                        "is not the name of a column (it must start with a letter and contain neither a separate"
                                + " number nor a word such as NA), and not a number");
            }
            if (!names && !Decimal.isNumber(cell)) {
                throw Decimal.wrong(
                        place(where, i), cell, "is not a number, and in a header every cell must be a name");
            }
        }
    }

    private void take(List<String> chosen, int[] places) {
        names = chosen;
        columns = places;
    }

    private static boolean isHeader(List<String> cells) {
        return Columns.startsWithCertificate(cells) || cells.stream().allMatch(ColumnNames::isName);
    }

    private void header(List<String> cells, String where) {
        if (Columns.isOfDraws(cells)) {
            // Coefficients are named after their columns, and the names are arbitrary.
            status = Columns.CERTIFICATE.indexOf("status");
            between(cells, Columns.CERTIFICATE.size(), width - Columns.DRAW.size());
            return;
        }
        List<String> header = ColumnNames.distinct(where, ColumnNames.withoutComment(cells));
        status = header.indexOf("status");
        if (header.contains("x0")) {
            rows.markWeighted(header::contains);
            numbered(header, where);
        } else {
            between(header, Columns.startsWithCertificate(header) ? Columns.CERTIFICATE.size() : 0, width);
        }
    }

    private void between(List<String> header, int from, int to) {
        take(List.copyOf(header.subList(from, to)), IntStream.range(from, to).toArray());
    }

    private void numbered(List<String> header, String where) {
        int count = (int) header.stream().filter(name -> name.matches("x\\d+")).count();
        int[] places = new int[count];
        List<String> expected = ColumnNames.numbered(count);
        for (int i = 0; i < count; i++) {
            places[i] = header.indexOf(expected.get(i));
            if (places[i] < 0) {
                throw new UserError(
                        where + ": the header has no column x" + i + "; columns must be x0 to x" + (count - 1));
            }
        }
        take(expected, places);
    }
}
