package io.scoreflux.files.format;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.csv.CSVFormat;

/**
 * The columns of samples or draws in a file.
 *
 * @param coordinates names of the coordinates
 * @param fields the fields besides index and coordinates, in the order of NDJSON and of the columnar formats
 * @param further names of the fields that follow the coordinates in CSV
 * @param metadata what formats with metadata say about the file, by key
 */
public record Columns(
        List<String> coordinates, List<Field> fields, List<String> further, Map<String, String> metadata) {
    /** The columns of CSV before the coordinates. */
    static final List<String> CERTIFICATE = List.of(Field.INDEX, Field.STATUS, Field.CALLS, Field.ERROR);
    /** The columns of CSV after the coordinates of draws. */
    static final List<String> DRAW = List.of("chain", "draw");

    private static final List<Field> SAMPLE_FIELDS = List.of(
            Field.text(Field.STATUS),
            Field.integer(Field.CALLS),
            Field.integer("rounds"),
            Field.number(Field.ERROR),
            Field.integer("intervals"),
            Field.integer("lowestDegree"),
            Field.integer("highestDegree"));
    private static final List<Field> REJECTION_FIELDS = List.of(
            Field.integer("draws"),
            Field.integer("proposals"),
            Field.integer("weights"),
            Field.integer("overflows"),
            Field.number("clipping"));
    private static final List<Field> DENSITY_FIELDS =
            List.of(Field.number("logDensity"), Field.number("standardError"), Field.number("bitsPerDimension"));
    private static final List<Field> DRAW_FIELDS = List.of(
            Field.text(Field.STATUS),
            Field.integer(Field.CALLS),
            Field.number(Field.ERROR),
            Field.integer("chain"),
            Field.integer("draw"),
            Field.text(Field.REASON));
    private static final List<String> PARTICLE = List.of(Field.ISLAND, Field.WEIGHT, Field.LOG_EVIDENCE);
    private static final List<Field> PARTICLE_FIELDS = List.of(
            Field.text(Field.STATUS),
            Field.integer(Field.CALLS),
            Field.number(Field.ERROR),
            Field.integer(Field.ISLAND),
            Field.number(Field.WEIGHT),
            Field.number(Field.LOG_EVIDENCE),
            Field.text(Field.REASON));

    /**
     * The columns of samples.
     *
     * @param dimension number of coordinates of a sample
     * @param rejection whether certificates have statistics of rejection sampling
     * @param densities whether each sample has a density
     */
    public static Columns ofSamples(int dimension, boolean rejection, boolean densities) {
        List<Field> fields = new ArrayList<>(SAMPLE_FIELDS);
        if (rejection) {
            fields.addAll(REJECTION_FIELDS);
        }
        fields.add(Field.text(Field.REASON));
        if (densities) {
            fields.addAll(DENSITY_FIELDS);
        }
        return new Columns(
                ColumnNames.numbered(dimension),
                List.copyOf(fields),
                densities ? DENSITY_FIELDS.stream().map(Field::name).toList() : List.of(),
                Map.of());
    }

    /**
     * The columns of draws.
     *
     * @param coefficients names of the coordinates
     */
    public static Columns ofDraws(List<String> coefficients) {
        return new Columns(coefficients, DRAW_FIELDS, DRAW, Map.of());
    }

    /**
     * The columns of the particles of a posterior.
     *
     * @param dimension number of coordinates of a particle
     */
    public static Columns ofParticles(int dimension) {
        return new Columns(ColumnNames.numbered(dimension), PARTICLE_FIELDS, PARTICLE, Map.of());
    }

    /** These columns with metadata. */
    public Columns withMetadata(Map<String, String> entries) {
        // Sorted, because the order of an unmodifiable map changes with the virtual machine, and files must not.
        return new Columns(coordinates, fields, further, Collections.unmodifiableSortedMap(new TreeMap<>(entries)));
    }

    /** These columns with other fields after the coordinates in CSV. */
    public Columns withFurther(List<String> names) {
        return new Columns(coordinates, fields, List.copyOf(names), metadata);
    }

    /** The type of a field. */
    Field.Type type(String name) {
        return fields.stream()
                .filter(field -> field.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no field " + name))
                .type();
    }

    /** The columns of CSV, in order. */
    List<String> cells() {
        List<String> cells = new ArrayList<>(CERTIFICATE);
        cells.addAll(coordinates);
        cells.addAll(further);
        return cells;
    }

    /** The header of CSV, without line end. Names with a comma, quote or line end are quoted. */
    String header() {
        return CSVFormat.RFC4180.format(cells().toArray());
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
