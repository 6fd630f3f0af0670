package io.scoreflux.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A table with aligned columns: the first ones to the left, the others to the right. */
public final class TextTable {
    private static final String GAP = "  ";

    private final int left;
    private final List<String[]> rows = new ArrayList<>();

    /**
     * A table with a header.
     *
     * @param left how many columns are aligned to the left
     */
    public TextTable(int left, String... header) {
        this.left = left;
        rows.add(header.clone());
    }

    /** Adds a row, with as many cells as the header. */
    public void row(String... cells) {
        if (cells.length != rows.get(0).length) {
            throw new IllegalArgumentException(
                    "cells must be " + rows.get(0).length + " like the header, was " + cells.length);
        }
        rows.add(cells.clone());
    }

    /** The lines, header first. */
    public List<String> lines() {
        int[] widths = IntStream.range(0, rows.get(0).length)
                .map(column -> rows.stream()
                        .mapToInt(row -> row[column].length())
                        .max()
                        .orElseThrow())
                .toArray();
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    private String line(String[] row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.length; i++) {
            String blanks = " ".repeat(widths[i] - row[i].length());
            line.append(i == 0 ? "" : GAP).append(i < left ? row[i] + blanks : blanks + row[i]);
        }
        return line.toString().stripTrailing();
    }
}
