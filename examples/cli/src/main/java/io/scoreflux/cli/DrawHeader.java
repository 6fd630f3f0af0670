package io.scoreflux.cli;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;

/** The header of draws in CSV: their certificate, the names of the coefficients, and where a draw comes from. */
final class DrawHeader {
    /** What stands before the coordinates of samples and draws. */
    static final List<String> CERTIFICATE = List.of("index", "status", "calls", "error");
    /** What stands behind those of draws. */
    static final List<String> DRAW = List.of("chain", "draw");

    private DrawHeader() {}

    /** The line for coefficients with these names, without its end; a name with a comma, a quote or a line's end is quoted. */
    static String of(List<String> names) {
        List<String> cells = new ArrayList<>(CERTIFICATE);
        cells.addAll(names);
        cells.addAll(DRAW);
        return CSVFormat.RFC4180.format(cells.toArray());
    }

    /** Whether these cells begin as the header of samples or draws does. */
    static boolean startsWithCertificate(List<String> cells) {
        int n = CERTIFICATE.size();
        return cells.size() > n && cells.subList(0, n).equals(CERTIFICATE);
    }

    /** Whether these cells are the header of draws, whatever the coefficients are called. */
    static boolean is(List<String> cells) {
        int n = cells.size();
        return n > CERTIFICATE.size() + DRAW.size()
                && startsWithCertificate(cells)
                && cells.subList(n - DRAW.size(), n).equals(DRAW);
    }
}
