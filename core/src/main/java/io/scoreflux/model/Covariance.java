package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A covariance matrix: isotropic, diagonal, or full. Covariances of the same form are equal if all of their numbers are equal. */
public sealed interface Covariance {

    /** Returns the variance of the number at index {@code i}. */
    double variance(int i);

    /**
     * Returns a new matrix.
     *
     * @param dimension the number of rows and columns; equal to {@link #dimension()} if this covariance has a fixed dimension
     */
    double[][] toMatrix(int dimension);

    /** Returns the covariance {@code std^2 I}. */
    static Covariance isotropic(double std) {
        return new Isotropic(squared("std", std));
    }

    /** Returns the covariance of independent numbers with the given standard deviations. */
    static Covariance diagonal(double... std) {
        Require.entries("std", std.length, 1);
        double[] variance = new double[std.length];
        for (int i = 0; i < std.length; i++) {
            variance[i] = squared("std[" + i + "]", std[i]);
        }
        return new Diagonal(variance);
    }

    /**
     * Returns a full covariance.
     *
     * @param matrix square, symmetric to 1e-10 of its largest entry, positive definite; copied
     * @throws IllegalArgumentException if it is not
     */
    static Covariance full(double[][] matrix) {
        return Full.of(matrix);
    }

    /** Returns the fixed dimension of this covariance, or 0 if it fits any dimension. */
    int dimension();

    /**
     * A covariance with the same variance in all directions.
     *
     * @param variance finite, at least 0
     */
    record Isotropic(double variance) implements Covariance {

        /** Checks the variance. */
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

    /** A covariance of independent numbers, each with its variance. */
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

        /** Returns a copy of the variances, for JSON mappers. */
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

    /** A full covariance, any symmetric positive semidefinite matrix. */
    final class Full implements Covariance {
        private static final double SYMMETRY = 1e-10;

        private final double[][] matrix;

        private Full(double[][] matrix) {
            this.matrix = matrix;
        }

        /** Creates a covariance from a matrix that must be positive definite, because it comes from a caller. */
        static Full of(double[][] matrix) {
            Full full = new Full(symmetric(matrix));
            double[] eigenvalues = Eigenbasis.of(full.matrix).values();
            double least = Arrays.stream(eigenvalues).min().orElseThrow();
            double largest = Arrays.stream(eigenvalues).max().orElseThrow();
            // Below this ratio, the sign of the smallest eigenvalue depends on rounding.
            if (!(least > 1e-15 * largest)) {
                throw new InvalidArgumentException(
                        "covariance", "must be positive definite", "one with the eigenvalue " + Violation.text(least));
            }
            return full;
        }

        /** Creates a covariance from a matrix that is positive semidefinite by construction. */
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
                throw new InvalidArgumentException(
                        "dimension", "must be that of the covariance, " + matrix.length, dimension);
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

        /** Returns a copy of the matrix, for JSON mappers. */
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
