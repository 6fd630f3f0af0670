package io.scoreflux.files.format;

import io.scoreflux.files.text.UserError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Reads arrays of floats or doubles in NumPy's format as rows. A one-dimensional array is a column, and a row of NaN is a failed sample. */
final class NpyRows {
    /** The length limit of Java arrays. */
    private static final long MOST = Integer.MAX_VALUE - 8;

    private static final List<NpyReader.Type> TYPES = List.of(NpyReader.Type.F4, NpyReader.Type.F8);

    private NpyRows() {}

    /**
     * The rows of a file.
     *
     * @param skipFailed whether to skip rows of NaN; otherwise they are rejected
     */
    static RowSet read(Path file, boolean skipFailed) {
        RowSet.Builder rows = new RowSet.Builder(file.toString(), skipFailed);
        return NpyReader.read(file, TYPES, (reader, array) -> {
            fill(rows, reader, array);
            return rows.build();
        });
    }

    /** See {@link RowReader#read}. */
    static void readBack(Path file, Columns columns, RowReader.Sink sink) throws IOException {
        int dimension = columns.coordinates().size();
        NpyReader.read(file, List.of(NpyReader.Type.F8), (reader, array) -> {
            if (array.axes().size() != 2 || array.axes().get(1) != dimension || array.columnsFirst()) {
                throw reader.error(
                        "must have rows of " + dimension + " numbers, has the shape " + NpyReader.shown(array.shape()));
            }
            reader.requireBytes(array);
            long count = array.axes().get(0);
            for (long k = 0; k < count; k++) {
                double[] row = new double[dimension];
                reader.fill(row, array);
                boolean failed = Arrays.stream(row).allMatch(Double::isNaN);
                sink.take(new OutputRow(k, failed ? null : row, Map.of()));
            }
            return count;
        });
    }

    private static void fill(RowSet.Builder rows, NpyReader reader, NpyReader.Array array) throws IOException {
        List<Long> axes = array.axes();
        if (axes.isEmpty()) {
            throw reader.error(NpyReader.wrong(array.shape(), "save a single number as array.reshape(1, 1)"));
        }
        if (axes.size() > 2) {
            throw reader.error(NpyReader.wrong(array.shape(), "save it as array.reshape(len(array), -1)"));
        }
        long columns = axes.size() == 1 ? 1 : axes.get(1);
        if (columns == 0) {
            throw reader.error("has the shape " + NpyReader.shown(array.shape())
                    + " without columns; a row needs at least one number");
        }
        long expected = reader.requireBytes(array);
        if (axes.get(0) > MOST || columns > MOST) {
            throw reader.error("has " + axes.get(0) + " rows of " + columns + " numbers, but at most " + MOST
                    + " of each can be read; split it");
        }
        if (expected == 0) {
            return;
        }
        int n = Math.toIntExact(axes.get(0));
        int d = (int) columns;
        if (array.columnsFirst()) {
            double[][] all = new double[n][d];
            double[] column = new double[n];
            for (int j = 0; j < d; j++) {
                reader.fill(column, array);
                for (int i = 0; i < n; i++) {
                    all[i][j] = column[i];
                }
            }
            for (int i = 0; i < n; i++) {
                add(rows, i, all[i]);
            }
            return;
        }
        for (int i = 0; i < n; i++) {
            double[] row = new double[d];
            reader.fill(row, array);
            add(rows, i, row);
        }
    }

    private static void add(RowSet.Builder rows, int index, double[] row) {
        String where = rows.name() + ", row " + index;
        int missing = 0;
        boolean finite = true;
        for (double value : row) {
            missing += Double.isNaN(value) ? 1 : 0;
            finite &= Double.isFinite(value);
        }
        if (missing == row.length) {
            rows.addFailed(where, "row");
        } else if (!finite) {
            throw new UserError(where + ": numbers must be finite, or all NaN for a failed sample; remove the row");
        } else {
            rows.add(row);
        }
    }
}
