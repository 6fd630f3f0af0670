package io.scoreflux.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;

/** The header of draws in CSV: their certificate, the names of the coefficients, and where a draw comes from. */
final class DrawHeader {
    private static final List<String> BEFORE = List.of("index", "status", "calls", "error");
    private static final List<String> BEHIND = List.of("chain", "draw");

    private DrawHeader() {}

    /** The line for coefficients with these names, without its end; a name with a comma, a quote or a line's end is quoted. */
    static String of(List<String> names) {
        List<String> cells = new ArrayList<>(BEFORE);
        cells.addAll(names);
        cells.addAll(BEHIND);
        return CSVFormat.RFC4180.format(cells.toArray());
    }

    /** Whether these cells are such a header, whatever the coefficients are called. */
    static boolean is(List<String> cells) {
        int n = cells.size();
        return n > BEFORE.size() + BEHIND.size()
                && cells.subList(0, BEFORE.size()).equals(BEFORE)
                && cells.subList(n - BEHIND.size(), n).equals(BEHIND);
    }

    /** Where the coefficients are among the cells of such a header. */
    static int[] columns(List<String> cells) {
        return IntStream.range(BEFORE.size(), cells.size() - BEHIND.size()).toArray();
    }
}
