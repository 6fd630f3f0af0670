package io.scoreflux.cli;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** Reads the cells of CSV: commas, quotes, and text in UTF-8, with complaints that say where. */
final class CsvCells {
    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setIgnoreEmptyLines(true)
            .setIgnoreSurroundingSpaces(true)
            .get();

    private static final Pattern OPEN_QUOTE = Pattern.compile("\\(startline (\\d+)\\) EOF reached");
    private static final Pattern TEXT_AFTER_QUOTE =
            Pattern.compile("Invalid character between encapsulated token and delimiter at line: (\\d+)");

    private CsvCells() {}

    /** Takes the lines one by one. */
    interface Sink {
        /**
         * One line.
         *
         * @param where the file and the line, for messages
         */
        void take(CSVRecord cells, String where);
    }

    /** Reads a file. */
    static void read(Path file, Sink sink) {
        try (Reader reader = Files.newBufferedReader(file)) {
            read(reader, file.toString(), sink);
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
    }

    /** Reads a text. */
    static void read(Reader text, String name, Sink sink) throws IOException {
        try (CSVParser parser = CSVParser.parse(text, FORMAT)) {
            for (CSVRecord cells : parser) {
                String where = name + ", line " + parser.getCurrentLineNumber();
                if (cells.getRecordNumber() == 1) {
                    refuseOtherForms(where, cells);
                }
                sink.take(cells, where);
            }
        } catch (UncheckedIOException e) {
            refuseQuotes(name, e);
            throw e.getCause();
        }
    }

    /** Without the byte order mark that some programs put before the first cell. */
    static String withoutMark(String cell) {
        return cell.startsWith("\uFEFF") ? cell.substring(1) : cell;
    }

    private static void refuseOtherForms(String where, CSVRecord first) {
        for (String cell : first) {
            if (cell.indexOf('\0') >= 0) {
                throw new UserError(where + ": the text has characters of code 0, as UTF-16 has; save it as UTF-8");
            }
        }
        String only = first.size() == 1 ? first.get(0) : "";
        if (only.indexOf(';') >= 0 || only.indexOf('\t') >= 0) {
            throw new UserError(where + ": cells must be set apart by commas, was "
                    + (only.indexOf(';') >= 0 ? "a semicolon" : "a tab")
                    + "; save the table with commas between cells and points in numbers");
        }
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
}
