package io.scoreflux.columnar;

import io.scoreflux.files.format.ColumnNames;
import io.scoreflux.files.format.RowSet;
import io.scoreflux.files.text.UserError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Which columns of a table hold the numbers of its rows, and the rows so far. */
final class Table {
    private final String file;
    private final RowSet.Builder rows;
    private List<String> names = List.of();
    private boolean isList;
    private long number;

    /** The kinds of columns. */
    enum Kind {
        /** Single or double precision, or integers of up to 64 bits; unsigned ones of up to 32 bits. */
        NUMBERS,
        /** Lists of such numbers. */
        LISTS,
        /** Anything else. */
        OTHER
    }

    /**
     * The type of a column.
     *
     * @param name the name of the type, for messages
     */
    record Type(Kind kind, String name) {}

    /** A row of a table. */
    interface Cells {
        /** The numbers of a list, NaN for those that are null, or null. */
        double @Nullable [] list(String column);

        /** A number, or null. */
        @Nullable
        Double number(String column);

        /** A text, or null if there is no such text. */
        @Nullable
        String text(String column);
    }

    /** Reads a file into a table. */
    interface Content {
        void into(Table table) throws IOException;
    }

    private Table(String file, boolean skipFailed) {
        this.file = file;
        this.rows = new RowSet.Builder(file, skipFailed);
    }

    /**
     * The rows of a file.
     *
     * @param skipFailed whether to skip failed samples; otherwise they are rejected
     */
    static RowSet read(Path file, boolean skipFailed, Content content) {
        Table table = new Table(file.toString(), skipFailed);
        try {
            content.into(table);
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
        return table.build();
    }

    /** Chooses the columns that hold the numbers. */
    void columns(Map<String, Type> types) {
        isList = types.containsKey(ColumnarFormats.VALUES);
        if (isList) {
            rows.markWeighted(types::containsKey);
            require(types, ColumnarFormats.VALUES, Kind.LISTS, "lists of numbers");
            return;
        }
        names = chosen(types);
        names.forEach(name -> require(types, name, Kind.NUMBERS, "numbers"));
        if (names.isEmpty()) {
            throw new UserError(file + ": there are no columns; write the numbers of the rows");
        }
    }

    /** The columns x0, x1, ... if there are any, otherwise all. */
    private List<String> chosen(Map<String, Type> types) {
        if (!types.containsKey("x0")) {
            return List.copyOf(types.keySet());
        }
        List<String> expected = ColumnNames.numbered((int)
                types.keySet().stream().filter(name -> name.matches("x\\d+")).count());
        for (String name : expected) {
            if (!types.containsKey(name)) {
                throw new UserError(
                        file + ": there is no column " + name + "; columns must be x0 to x" + (expected.size() - 1));
            }
        }
        return expected;
    }

    private void require(Map<String, Type> types, String column, Kind kind, String what) {
        Type type = types.getOrDefault(column, new Type(Kind.OTHER, "none"));
        if (type.kind() != kind) {
            throw new UserError(file + ": the column '" + column + "' must have " + what + ", has the type "
                    + type.name() + "; convert it to double precision, or leave it out");
        }
    }

    /** The types of columns, in their order. */
    static Map<String, Type> types() {
        return new LinkedHashMap<>();
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
            row = numbers(cells, where);
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

    private double[] numbers(Cells cells, String where) {
        double[] row = new double[names.size()];
        for (int i = 0; i < row.length; i++) {
            Double value = cells.number(names.get(i));
            if (value == null) {
                throw new UserError(
                        where + ", column '" + names.get(i) + "' must have a number, is null; remove the row");
            }
            row[i] = value;
        }
        return row;
    }

    private RowSet build() {
        return isList
                ? rows.build(IntStream.range(0, rows.dimension())
                        .mapToObj(i -> "x" + i)
                        .toList())
                : rows.build(names);
    }
}
