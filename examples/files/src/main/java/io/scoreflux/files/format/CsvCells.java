package io.scoreflux.files.format;

import io.scoreflux.files.input.TextReader;
import io.scoreflux.files.text.Decimal;
import io.scoreflux.files.text.UserError;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.QuoteMode;
import org.jspecify.annotations.Nullable;

/** Reads the cells of CSV with commas and quotes, in UTF-8. Error messages name the line. Blank lines are skipped. */
public final class CsvCells {
    /** Empty cells are null unless they are quoted, so that a blank line differs from a quoted empty cell. */
    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setIgnoreEmptyLines(true)
            .setIgnoreSurroundingSpaces(true)
            .setQuoteMode(QuoteMode.ALL_NON_NULL)
            .get();

    /** JSON after more blank characters than this is not detected. */
    private static final int LONGEST_BLANK = 1 << 12;

    private static final Pattern OPEN_QUOTE = Pattern.compile("\\(startline (\\d+)\\) EOF reached");
    private static final Pattern TEXT_AFTER_QUOTE =
            Pattern.compile("Invalid character between encapsulated token and delimiter at line: (\\d+)");

    private CsvCells() {}

    /** Receives the lines one by one. */
    public interface Sink {
        /**
         * Receives one line.
         *
         * @param where the file and the line, for messages
         */
        void take(List<String> cells, String where);
    }

    /** Reads a file. */
    public static void read(Path file, Sink sink) {
        try (Reader reader = TextReader.open(file)) {
            read(reader, file.toString(), sink);
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
    }

    /** Reads a text that supports {@link Reader#mark}. */
    public static void read(Reader text, String name, Sink sink) throws IOException {
        refuseJson(text, name);
        try (CSVParser parser = CSVParser.parse(text, FORMAT)) {
            @Nullable FirstCell first = null;
            boolean begun = false;
            for (CSVRecord record : parser) {
                if (record.size() == 1 && record.get(0) == null) {
                    continue;
                }
                String where = name + ", line " + parser.getCurrentLineNumber();
                List<String> cells = record.stream()
                        .map(cell -> Objects.requireNonNullElse(cell, ""))
                        .toList();
                if (!begun && cells.size() == 1) {
                    first = new FirstCell(where, cells);
                }
                begun = true;
                try {
                    sink.take(cells, where);
                } catch (UserError e) {
                    if (first != null) {
                        // A column name may contain any characters. Only an error in a later line shows that they are
                        // separators.
                        refuseOtherForms(first.where(), first.cells(), e);
                    }
                    refuseOtherForms(where, cells, e);
                    throw e;
                }
            }
        } catch (UncheckedIOException e) {
            refuseQuotes(name, e);
            throw e.getCause();
        }
    }

    /** Rejects a line whose number of cells differs from that of the first line. */
    public static void requireWidth(List<String> cells, int width, String where) {
        if (cells.size() != width) {
            throw new UserError(where + " has " + cells.size() + " cells, the first line has " + width
                    + "; give each line the same number of cells");
        }
    }

    /**
     * A first line of one cell.
     *
     * @param where the file and the line, for messages
     */
    private record FirstCell(String where, List<String> cells) {}

    /** Detects JSON by the first character that is not blank. */
    private static void refuseJson(Reader text, String name) throws IOException {
        text.mark(LONGEST_BLANK);
        int line = 1;
        int last = 0;
        for (int i = 0; i < LONGEST_BLANK; i++) {
            int c = text.read();
            if (c == '{') {
                throw new UserError(name + ", line " + line
                        + ": the text is JSON, not CSV; give the file a name that ends in .ndjson");
            }
            if (c < 0 || !Character.isWhitespace(c)) {
                break;
            }
            line += c == '\r' || (c == '\n' && last != '\r') ? 1 : 0;
            last = c;
        }
        text.reset();
    }

    /** Detects other dialects in a line that failed to parse, or in the single cell of the first line. */
    private static void refuseOtherForms(String where, List<String> cells, UserError cause) {
        String separator = null;
        if (cells.stream().anyMatch(cell -> cell.indexOf(';') >= 0)) {
            separator = "a semicolon";
        } else if (cells.stream().anyMatch(cell -> cell.indexOf('\t') >= 0)) {
            separator = "a tab";
        } else if (cells.stream().anyMatch(CsvCells::hasNumbersApart)) {
            separator = "a blank";
        }
        if (separator != null) {
            throw new UserError(
                    where + ": cells must be separated by commas, was " + separator
                            + "; save the table with commas between cells and decimal points in numbers",
                    cause);
        }
    }

    private static boolean hasNumbersApart(String cell) {
        return cell.indexOf(' ') > 0 && Arrays.stream(cell.split(" +")).allMatch(Decimal::isNumber);
    }

    /** Throws an error for unbalanced quotes; leaves other errors to the caller. */
    private static void refuseQuotes(String name, UncheckedIOException e) {
        String message = String.valueOf(e.getMessage());
        Matcher open = OPEN_QUOTE.matcher(message);
        if (open.find()) {
            throw new UserError(
                    name + ", line " + open.group(1) + ": a quoted cell is not closed; add the closing quote", e);
        }
        Matcher text = TEXT_AFTER_QUOTE.matcher(message);
        if (text.find()) {
            throw new UserError(
                    name + ", line " + text.group(1)
                            + ": text follows a quoted cell; separate cells by commas, not by semicolons or tabs",
                    e);
        }
    }
}
