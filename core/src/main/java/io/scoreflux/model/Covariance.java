package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A covariance matrix: isotropic, diagonal, or full. Covariances of the same form are equal if all of their numbers are equal.
 */
public sealed interface Covariance {

    /** The variance along axis {@code i}. */
    double variance(int i);

    /** A new matrix of {@code dimension} rows; the covariance's own number of them if it fixes one. */
    double[][] toMatrix(int dimension);

    /** {@code std^2 I}. */
    static Covariance isotropic(double std) {
        return new Isotropic(squared("std", std));
    }

    /** Independent axes with the given standard deviations. */
    static Covariance diagonal(double... std) {
        Require.entries("std", std.length, 1);
        double[] variance = new double[std.length];
        for (int i = 0; i < std.length; i++) {
            variance[i] = squared("std[" + i + "]", std[i]);
        }
        return new Diagonal(variance);
    }

    /**
     * A full matrix.
     *
     * @param matrix square, symmetric to 1e-10 of its largest entry, positive definite; copied
     */
    static Covariance full(double[][] matrix) {
        return Full.of(matrix);
    }

    /** The number of axes that this covariance fixes, or 0 if it fits any. */
    int dimension();

    /** The same variance in all directions. */
    record Isotropic(double variance) implements Covariance {

        /** Checks the variance: finite, not negative. */
        public Isotropic {
            Require.within("variance", variance, 0, Double.POSITIVE_INFINITY);
        }

        @Override
        public double variance(int i) {
            return variance;
        }

        @Override
        public double[][] toMatrix(int dimension) {
            double[] diagonal = new double[dimension];
            Arrays.fill(diagonal, variance);
            return new Diagonal(diagonal).toMatrix(dimension);
        }

        @Override
        public int dimension() {
            return 0;
        }
    }

    /** A variance for each axis. */
    final class Diagonal implements Covariance {
        private final double[] variance;

        Diagonal(double[] variance) {
            this.variance = variance;
        }

        @Override
        public double variance(int i) {
            return variance[i];
        }

        @Override
        public double[][] toMatrix(int dimension) {
            double[][] matrix = new double[dimension][dimension];
            for (int i = 0; i < dimension; i++) {
                matrix[i][i] = variance[i];
            }
            return matrix;
        }

        @Override
        public int dimension() {
            return variance.length;
        }

        /** The variances, for JSON mappers: a copy. */
        public double[] getVariance() {
            return variance.clone();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Diagonal that && Arrays.equals(variance, that.variance);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(variance);
        }

        @Override
        public String toString() {
            return "Diagonal[variance=" + Values.shown(variance) + "]";
        }
    }

    /** Any symmetric matrix without negative eigenvalues. */
    final class Full implements Covariance {
        private static final double SYMMETRY = 1e-10;

        private final double[][] matrix;

        private Full(double[][] matrix) {
            this.matrix = matrix;
        }

        /** A matrix that the caller states: it must be positive definite. */
        static Full of(double[][] matrix) {
            Full full = new Full(symmetric(matrix));
            double[] eigenvalues = Eigenbasis.of(full.matrix).values();
            double least = Arrays.stream(eigenvalues).min().orElseThrow();
            double largest = Arrays.stream(eigenvalues).max().orElseThrow();
            // Below this the sign of the smallest eigenvalue is rounding.
            if (!(least > 1e-15 * largest)) {
                throw new InvalidArgumentException(
                        "covariance", "must be positive definite", "one with the eigenvalue " + Violation.text(least));
            }
            return full;
        }

        /** A sum of squares, positive semidefinite by construction. */
        static Full semidefinite(double[][] matrix) {
            return new Full(symmetric(matrix));
        }

        private static double[][] symmetric(double[][] matrix) {
            int d = Require.entries("covariance", matrix.length, 1);
            double largest = 0;
            for (int i = 0; i < d; i++) {
                for (double entry : Require.finiteRow(Require.element("covariance", i), matrix[i], d)) {
                    largest = Math.max(largest, Math.abs(entry));
                }
            }
            double[][] symmetric = new double[d][d];
            for (int i = 0; i < d; i++) {
                for (int j = 0; j < d; j++) {
                    if (Math.abs(matrix[i][j] - matrix[j][i]) > SYMMETRY * largest) {
                        throw new InvalidArgumentException(
                                Require.element(Require.element("covariance", i), j),
                                "must be equal to entry [" + j + "][" + i + "], as the matrix is symmetric",
                                Violation.text(matrix[i][j]) + " and " + Violation.text(matrix[j][i]));
                    }
                    symmetric[i][j] = 0.5 * (matrix[i][j] + matrix[j][i]);
                }
            }
            return symmetric;
        }

        @Override
        public double variance(int i) {
            return matrix[i][i];
        }

        @Override
        public double[][] toMatrix(int dimension) {
            if (dimension != matrix.length) {
                throw new InvalidArgumentException("dimension", "must be the covariance's " + matrix.length, dimension);
            }
            double[][] copy = new double[dimension][];
            for (int i = 0; i < dimension; i++) {
                copy[i] = matrix[i].clone();
            }
            return copy;
        }

        @Override
        public int dimension() {
            return matrix.length;
        }

        /** The matrix, for JSON mappers: a copy. */
        public double[][] getMatrix() {
            return toMatrix(matrix.length);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Full that && Arrays.deepEquals(matrix, that.matrix);
        }

        @Override
        public int hashCode() {
            return Arrays.deepHashCode(matrix);
        }

        @Override
        public String toString() {
            return "Full[" + matrix.length + " x " + matrix.length + ", first row " + Values.shown(matrix[0]) + "]";
        }
    }

    private static double squared(String name, double std) {
        double square = Require.positive(name, std) * std;
        if (!(square >= Double.MIN_NORMAL && square < Double.POSITIVE_INFINITY)) {
            throw new InvalidArgumentException(
                    name,
                    "must be at least 1.5e-154 and at most 1.3e154, so that its square is a normal number of double"
                            + " precision",
                    std,
                    "scale the data");
        }
        return square;
    }
}
