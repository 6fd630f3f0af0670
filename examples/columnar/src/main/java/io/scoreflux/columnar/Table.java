package io.scoreflux.columnar;

import io.scoreflux.files.format.ColumnNames;
import io.scoreflux.files.format.RowSet;
import io.scoreflux.files.text.UserError;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Which columns of a table hold the numbers of its rows, and the rows so far. */
final class Table {
    private final String file;
    private final RowSet.Builder rows;
    private final List<String> names;
    private final boolean isList;
    private long number;

    /** A row of a table. */
    interface Cells {
        /** The numbers of a list, or null. */
        double @Nullable [] list(String column);

        /** A number, or null. */
        @Nullable
        Double number(String column);

        /** A text, or null if there is no such text. */
        @Nullable
        String text(String column);
    }

    /**
     * A table without rows.
     *
     * @param lists the names of the columns of lists of numbers
     * @param numbers the names of the columns of numbers
     */
    Table(String file, boolean skipFailed, List<String> lists, List<String> numbers) {
        this.file = file;
        this.rows = new RowSet.Builder(file, skipFailed);
        this.isList = lists.contains(ColumnarFormats.VALUES);
        this.names = isList ? List.of() : numbered(numbers);
        if (!isList && names.isEmpty()) {
            throw new UserError(file + ": there is neither a column '" + ColumnarFormats.VALUES
                    + "' of lists of numbers nor a column of numbers; write one");
        }
    }

    /** The columns x0, x1, ... if there are any, otherwise all. */
    private static List<String> numbered(List<String> numbers) {
        if (!numbers.contains("x0")) {
            return numbers;
        }
        List<String> expected = ColumnNames.numbered(
                (int) numbers.stream().filter(name -> name.matches("x\\d+")).count());
        return numbers.containsAll(expected) ? expected : numbers;
    }

    /** Adds a row. */
    void add(Cells cells) {
        String where = file + ", row " + number++;
        if ("failed".equals(cells.text("status"))) {
            rows.addFailed(where, "row");
            return;
        }
        double[] row = isList ? cells.list(ColumnarFormats.VALUES) : null;
        if (isList && row == null) {
            rows.addFailed(where, "row");
            return;
        }
        if (row == null) {
            row = new double[names.size()];
            for (int i = 0; i < row.length; i++) {
                Double value = cells.number(names.get(i));
                row[i] = value == null ? Double.NaN : value;
            }
        }
        for (int i = 0; i < row.length; i++) {
            if (!Double.isFinite(row[i])) {
                throw new UserError(where + ", " + (isList ? "x" + i : "column '" + names.get(i) + "'")
                        + ": numbers must be finite, was " + row[i] + "; remove the row");
            }
        }
        if (row.length == 0 || (rows.dimension() > 0 && rows.dimension() != row.length)) {
            throw new UserError(where + " must have "
                    + (rows.dimension() == 0 ? "at least 1 number" : rows.dimension() + " numbers like the first")
                    + ", has " + row.length);
        }
        rows.add(row);
    }

    /** All rows. */
    RowSet build() {
        return isList
                ? rows.build(IntStream.range(0, rows.dimension())
                        .mapToObj(i -> "x" + i)
                        .toList())
                : rows.build(names);
    }
}
