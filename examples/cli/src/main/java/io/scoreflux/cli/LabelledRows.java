package io.scoreflux.cli;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * A table with named columns, one of which is the answer.
 *
 * @param name the file, for messages
 * @param columns names of the features
 * @param features one row a line
 * @param label the answer's column
 * @param answers one a line
 * @param lines where the rows stand in the file
 */
@SuppressWarnings("ArrayRecordComponent") // Read at once, never compared.
record LabelledRows(
        String name, List<String> columns, double[][] features, String label, double[] answers, long[] lines) {
    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setIgnoreEmptyLines(true)
            .setIgnoreSurroundingSpaces(true)
            .get();

    /** The rule that answers keep. */
    interface Rule {
        boolean allows(double answer);
    }

    /** Reads a file whose first line names the columns. */
    static LabelledRows read(Path file, String label) {
        try (Reader reader = Files.newBufferedReader(file)) {
            return read(reader, file.toString(), label);
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
    }

    static LabelledRows read(Reader text, String name, String label) throws IOException {
        List<CSVRecord> records;
        List<Long> lines = new ArrayList<>();
        try (CSVParser parser = CSVParser.parse(text, FORMAT)) {
            records = new ArrayList<>();
            for (CSVRecord row : parser) {
                records.add(row);
                lines.add(parser.getCurrentLineNumber());
            }
        } catch (UncheckedIOException e) {
            throw new UserError(name + ": the quotes are not those of CSV: " + e.getMessage(), e);
        }
        if (records.size() < 2) {
            throw new UserError(name + ": the file has no rows; give a line of column names and lines of numbers");
        }
        List<String> columns = header(name, records.get(0));
        int at = columns.indexOf(label);
        if (at < 0) {
            throw new UserError(name + ": there is no column '" + label + "'" + Names.hint(label, columns)
                    + "; columns: " + String.join(", ", columns));
        }
        int n = records.size() - 1;
        double[][] features = new double[n][columns.size() - 1];
        double[] answers = new double[n];
        long[] numbers = new long[n];
        for (int k = 0; k < n; k++) {
            CSVRecord row = records.get(k + 1);
            numbers[k] = lines.get(k + 1);
            String where = name + ", line " + numbers[k];
            if (row.size() != columns.size()) {
                throw new UserError(where + " has " + row.size() + " cells, the first line has " + columns.size());
            }
            for (int i = 0, feature = 0; i < columns.size(); i++) {
                double value = Decimal.parse(where + ", column '" + columns.get(i) + "'", row.get(i));
                if (i == at) {
                    answers[k] = value;
                } else {
                    features[k][feature++] = value;
                }
            }
        }
        columns.remove(at);
        return new LabelledRows(name, List.copyOf(columns), features, label, answers, numbers);
    }

    private static List<String> header(String name, CSVRecord first) {
        List<String> columns = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (String cell : first) {
            String column = cell.startsWith("\uFEFF") ? cell.substring(1) : cell;
            if (column.isEmpty() || Decimal.isNumber(column)) {
                throw new UserError(name + ", line 1: '" + column
                        + "' is no name of a column; the first line must name the columns");
            }
            if (!seen.add(column)) {
                throw new UserError(name + ", line 1: two columns are named '" + column + "'; rename one");
            }
            columns.add(column);
        }
        return columns;
    }

    /** Refuses answers that break a rule. */
    void requireAnswers(String rule, Rule allowed) {
        for (int k = 0; k < answers.length; k++) {
            if (!allowed.allows(answers[k])) {
                throw new UserError(name + ", line " + lines[k] + ", column '" + label + "': the label must be " + rule
                        + ", was " + Decimal.of(answers[k]));
            }
        }
    }

    /** Refuses columns that are the same in all rows. */
    void requireVariation() {
        for (int i = 0; i < columns.size(); i++) {
            boolean constant = true;
            for (double[] row : features) {
                constant &= row[i] == features[0][i];
            }
            if (constant) {
                throw new UserError(name + ": the column '" + columns.get(i) + "' is " + Decimal.of(features[0][i])
                        + " in all rows, which says no more than the intercept; remove the column");
            }
        }
    }

    /** Less the columns' means, over their standard deviations (with n - 1). */
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
            for (int k = 0; k < n; k++) {
                scaled[k][i] = (features[k][i] - mean) / deviation;
            }
        }
        return scaled;
    }
}
