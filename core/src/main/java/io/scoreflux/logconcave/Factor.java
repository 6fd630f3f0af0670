package io.scoreflux.logconcave;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The matrix C of {@code x = centre + C u}, diagonal or full.
 *
 * @param scale the diagonal, or null if C is full
 * @param full C, row-major; empty if C is diagonal
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Factor(double @Nullable [] scale, double[] full) {
    static Factor identity(int dimension) {
        double[] ones = new double[dimension];
        Arrays.fill(ones, 1);
        return diagonal(ones);
    }

    static Factor diagonal(double[] scale) {
        return new Factor(scale, new double[0]);
    }

    /** Returns the factor with these rows of C. */
    static Factor of(double[][] rows) {
        int d = rows.length;
        double[] entries = new double[d * d];
        double[] scale = new double[d];
        boolean diagonal = true;
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                entries[i * d + j] = rows[i][j];
                diagonal &= i == j || rows[i][j] == 0;
            }
            scale[i] = Math.abs(rows[i][i]);
        }
        return diagonal ? diagonal(scale) : full(entries);
    }

    static Factor full(double[] rows) {
        return new Factor(null, rows);
    }

    /** Returns C, row-major. */
    double[] toFull() {
        if (scale == null) {
            return full;
        }
        int d = scale.length;
        double[] rows = new double[d * d];
        for (int i = 0; i < d; i++) {
            rows[i * d + i] = scale[i];
        }
        return rows;
    }
}
