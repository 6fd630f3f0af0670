package io.scoreflux.cli.format;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;

/** The header of draws in CSV: their certificate, the names of the coefficients, and their chain and number. */
final class DrawHeader {
    /** The columns before the coordinates of samples and draws. */
    static final List<String> CERTIFICATE = List.of("index", "status", "calls", "error");
    /** The columns after the coordinates of draws. */
    static final List<String> DRAW = List.of("chain", "draw");

    private DrawHeader() {}

    /** The header line, without line end, for coefficients with these names; names with a comma, quote or line end are quoted. */
    static String of(List<String> names) {
        List<String> cells = new ArrayList<>(CERTIFICATE);
        cells.addAll(names);
        cells.addAll(DRAW);
        return CSVFormat.RFC4180.format(cells.toArray());
    }

    /** Whether these cells begin like the header of samples or draws. */
    static boolean startsWithCertificate(List<String> cells) {
        int n = CERTIFICATE.size();
        return cells.size() > n && cells.subList(0, n).equals(CERTIFICATE);
    }

    /** Whether these cells are the header of draws, with any names of coefficients. */
    static boolean is(List<String> cells) {
        int n = cells.size();
        return n > CERTIFICATE.size() + DRAW.size()
                && startsWithCertificate(cells)
                && cells.subList(n - DRAW.size(), n).equals(DRAW);
    }
}
