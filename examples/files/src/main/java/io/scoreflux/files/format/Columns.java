package io.scoreflux.files.format;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;

/**
 * The columns of samples or draws in a table: index, status, calls and error, then the coordinates, then further fields.
 *
 * @param coordinates names of the coordinates
 * @param fields names of the fields after the coordinates
 */
public record Columns(List<String> coordinates, List<String> fields) {
    /** The columns before the coordinates. */
    static final List<String> CERTIFICATE = List.of("index", "status", "calls", "error");
    /** The columns after the coordinates of draws. */
    static final List<String> DRAW = List.of("chain", "draw");

    private static final List<String> DENSITY = List.of("logDensity", "standardError", "bitsPerDimension");

    /**
     * The columns of samples.
     *
     * @param dimension number of coordinates of a sample
     * @param densities whether each sample has a density
     */
    public static Columns ofSamples(int dimension, boolean densities) {
        return new Columns(ColumnNames.numbered(dimension), densities ? DENSITY : List.of());
    }

    /**
     * The columns of draws.
     *
     * @param coefficients names of the coordinates
     */
    public static Columns ofDraws(List<String> coefficients) {
        return new Columns(coefficients, DRAW);
    }

    /** The header line, without line end. Names with a comma, quote or line end are quoted. */
    String header() {
        List<String> cells = new ArrayList<>(CERTIFICATE);
        cells.addAll(coordinates);
        cells.addAll(fields);
        return CSVFormat.RFC4180.format(cells.toArray());
    }

    /** Whether these cells begin like the header of samples or draws. */
    static boolean startsWithCertificate(List<String> cells) {
        int n = CERTIFICATE.size();
        return cells.size() > n && cells.subList(0, n).equals(CERTIFICATE);
    }

    /** Whether these cells are the header of draws, with any names of coefficients. */
    static boolean isOfDraws(List<String> cells) {
        int n = cells.size();
        return n > CERTIFICATE.size() + DRAW.size()
                && startsWithCertificate(cells)
                && cells.subList(n - DRAW.size(), n).equals(DRAW);
    }
}
