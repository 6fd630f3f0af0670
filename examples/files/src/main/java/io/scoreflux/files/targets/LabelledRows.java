package io.scoreflux.files.targets;

import io.scoreflux.error.Violation;
import io.scoreflux.files.format.ColumnNames;
import io.scoreflux.files.format.CsvCells;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.RowSet;
import io.scoreflux.files.format.SampleFile;
import io.scoreflux.files.text.Decimal;
import io.scoreflux.files.text.Names;
import io.scoreflux.files.text.UserError;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A table with named columns, one of which is the response.
 *
 * @param name the file, for messages
 * @param columns names of the features
 * @param features one row per line
 * @param answers one response per line
 */
@SuppressWarnings("ArrayRecordComponent") // Read at once, never compared.
record LabelledRows(String name, List<String> columns, double[][] features, double[] answers) {
    /** The product of two such numbers must not overflow. */
    private static final double LARGEST = 1e150;

    /** Reads a file: CSV whose first line names the columns, or a format whose columns are x0, x1, ... */
    static LabelledRows read(Path file, String label, ResponseKind kind) {
        Table table = new Table(file.toString(), label, kind);
        Format format = Format.ofEnding(file);
        if (format == null || format.equals(Format.CSV)) {
            CsvCells.read(file, table::take);
        } else {
            RowSet rows = SampleFile.states(file);
            table.name(rows.columns());
            for (int i = 0; i < rows.rows().size(); i++) {
                table.add(rows.name() + ", row " + i, rows.rows().get(i));
            }
        }
        return table.rows();
    }

    static LabelledRows read(Reader text, String name, String label, ResponseKind kind) throws IOException {
        Table table = new Table(name, label, kind);
        CsvCells.read(text, name, table::take);
        return table.rows();
    }

    /** The rows read so far. */
    private static final class Table {
        private final String name;
        private final String label;
        private final ResponseKind kind;
        private final List<double[]> features = new ArrayList<>();
        private final List<Double> answers = new ArrayList<>();
        private List<String> columns = List.of();
        private int at;

        Table(String name, String label, ResponseKind kind) {
            this.name = name;
            this.label = label;
            this.kind = kind;
        }

        /** Adds a line: the first has names, the others numbers. */
        void take(List<String> cells, String where) {
            if (columns.isEmpty()) {
                name(header(where, cells.contains(label) ? cells : ColumnNames.withoutComment(cells)));
                return;
            }
            CsvCells.requireWidth(cells, columns.size(), where);
            double[] row = new double[columns.size()];
            for (int i = 0; i < row.length; i++) {
                String cell = place(where, i);
                row[i] = i == at
                        ? kind.parse(cell, cells.get(i))
                        : feature(cell, Decimal.parse(cell, cells.get(i)), cells.get(i));
            }
            add(where, row);
        }

        void name(List<String> names) {
            columns = names;
            at = columns.indexOf(label);
            if (at < 0) {
                throw new UserError(name + ": there is no column '" + label + "'" + Names.hint(label, columns)
                        + "; columns: " + String.join(", ", columns));
            }
        }

        void add(String where, double[] row) {
            double[] others = new double[row.length - 1];
            for (int i = 0, feature = 0; i < row.length; i++) {
                if (i == at) {
                    answers.add(kind.check(place(where, i), row[i]));
                } else {
                    others[feature++] = feature(place(where, i), row[i], Violation.text(row[i]));
                }
            }
            features.add(others);
        }

        private String place(String where, int column) {
            return where + ", column '" + columns.get(column) + "'";
        }

        private static double feature(String where, double value, String shown) {
            if (Math.abs(value) > LARGEST) {
                throw new UserError(where + ": numbers must be at most " + Violation.text(LARGEST) + " in absolute"
                        + " value, was "
                        + Decimal.abridged(shown) + "; scale the column");
            }
            return value;
        }

        LabelledRows rows() {
            if (features.isEmpty()) {
                throw new UserError(name + ": the file has no rows; give a line of column names and lines of numbers");
            }
            List<String> named = new ArrayList<>(columns);
            named.remove(at);
            return new LabelledRows(
                    name,
                    List.copyOf(named),
                    features.toArray(new double[0][]),
                    answers.stream().mapToDouble(Double::doubleValue).toArray());
        }
    }

    /** The first line must be a header, so any text that is not a number is a name. */
    private static List<String> header(String where, List<String> first) {
        List<String> columns = ColumnNames.distinct(where, first);
        for (String column : columns) {
            if (column.isEmpty() || Decimal.isNumber(column)) {
                throw new UserError(where + ": '" + Decimal.abridged(column)
                        + "' is not the name of a column; the first line must name the columns");
            }
        }
        return columns;
    }

    /** Rejects columns that are the same in all rows. */
    void requireVariation() {
        for (int i = 0; i < columns.size(); i++) {
            if (isConstant(i)) {
                throw new UserError(name + ": the column '" + columns.get(i) + "' is " + Violation.text(features[0][i])
                        + " in all rows, like the intercept; remove the column");
            }
        }
    }

    /** Rejects columns of zeros. */
    void requireNumbersBesideZero() {
        for (int i = 0; i < columns.size(); i++) {
            if (isConstant(i) && features[0][i] == 0) {
                throw new UserError(name + ": the column '" + columns.get(i)
                        + "' is 0 in all rows, so its coefficient is undetermined; remove the column");
            }
        }
    }

    private boolean isConstant(int column) {
        boolean constant = true;
        for (double[] row : features) {
            constant &= row[column] == features[0][column];
        }
        return constant;
    }

    /** The features, centred at their means and divided by their standard deviations (with n - 1). */
    double[][] standardized() {
        int n = features.length;
        double[][] scaled = new double[n][columns.size()];
        for (int i = 0; i < columns.size(); i++) {
            double mean = 0;
            for (double[] row : features) {
                mean += row[i] / n;
            }
            double squares = 0;
            for (double[] row : features) {
                squares += (row[i] - mean) * (row[i] - mean);
            }
            double deviation = Math.sqrt(squares / (n - 1));
            if (!(deviation > 0)) {
                throw new UserError(name + ": the column '" + columns.get(i)
                        + "' varies too little for double precision; scale it or remove it");
            }
            for (int k = 0; k < n; k++) {
                scaled[k][i] = (features[k][i] - mean) / deviation;
            }
        }
        return scaled;
    }
}
