package io.scoreflux.cli;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Reads CSV: numbers only, or below one header line, which is a first line without a number. Of a header with columns x0,
 * x1, ... only those are read, so that written samples can be read back.
 */
final class CsvRows {
    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setIgnoreEmptyLines(true)
            .setIgnoreSurroundingSpaces(true)
            .get();

    private static final Pattern OPEN_QUOTE = Pattern.compile("\\(startline (\\d+)\\) EOF reached");
    private static final Pattern TEXT_AFTER_QUOTE =
            Pattern.compile("Invalid character between encapsulated token and delimiter at line: (\\d+)");

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
        try (Reader reader = Files.newBufferedReader(file)) {
            return read(reader, file.toString(), skipFailed);
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
    }

    /** The rows of a text. */
    static RowSet read(Reader text, String name, boolean skipFailed) throws IOException {
        CsvRows rows = new CsvRows(name, skipFailed);
        try (CSVParser parser = CSVParser.parse(text, FORMAT)) {
            for (CSVRecord cells : parser) {
                rows.add(cells, name + ", line " + parser.getCurrentLineNumber());
            }
        } catch (UncheckedIOException e) {
            refuseQuotes(name, e);
            throw e.getCause();
        }
        return new RowSet(name, rows.rows, rows.failed);
    }

    /** A complaint about quotes; what else went wrong with a file is left as it is. */
    private static void refuseQuotes(String name, UncheckedIOException e) {
        String message = String.valueOf(e.getMessage());
        Matcher open = OPEN_QUOTE.matcher(message);
        if (open.find()) {
            throw new UserError(name + ", line " + open.group(1) + ": a quoted cell is not closed; add the quote", e);
        }
        Matcher text = TEXT_AFTER_QUOTE.matcher(message);
        if (text.find()) {
            throw new UserError(
                    name + ", line " + text.group(1) + ": text follows a quoted cell; put a comma between", e);
        }
    }

    private void add(CSVRecord record, String where) {
        if (record.getRecordNumber() == 1) {
            cells = record.size();
            columns = allOf(cells);
            List<String> first = record.stream().map(CsvRows::withoutMark).toList();
            if (first.stream().noneMatch(Decimal::isNumber)) {
                header(first);
                return;
            }
        }
        if (record.size() != cells) {
            throw new UserError(where + " has " + record.size() + " cells, the first line has " + cells);
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
            row[i] = Decimal.parse(where + ", cell " + (columns[i] + 1), withoutMark(record.get(columns[i])));
        }
        rows.add(row);
    }

    private void header(List<String> names) {
        status = names.indexOf("status");
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

    /** Without the byte order mark that some programs put before the first cell. */
    private static String withoutMark(String cell) {
        return cell.startsWith("\uFEFF") ? cell.substring(1) : cell;
    }
}
