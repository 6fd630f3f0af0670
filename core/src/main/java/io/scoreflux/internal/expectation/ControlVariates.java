package io.scoreflux.internal.expectation;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.linsol.LinearSolverDense;

/**
 * Control variates on the starting noise: the coordinates n_j and the products n_i n_j - delta_ij of the first six principal axes, whose
 * expectations are 0.
 *
 * <p>The coefficients of sample k come from a regression on earlier samples, at 256, 512, 1024, ... of them, and are 0 before. So each number
 * has the expectation of its value, given all earlier samples, and no pilot is needed. A function keeps coefficients 0 while the regression does
 * not leave clearly less variance, its own noise included.
 */
public final class ControlVariates {
    /** The most axes. */
    public static final int AXES = 6;

    private static final int FIRST = 256;

    /** The share of variance that the regression may leave. */
    private static final double WORTHWHILE = 0.95;

    private final int axes;
    private final int terms;
    private final int functions;
    /** The sums of products of terms, and of terms with values; term 0 is 1. */
    private final DMatrixRMaj products;

    private final DMatrixRMaj targets;
    private final double[] squares;
    /** The values of the first sample, which are subtracted: so a constant function has targets of exactly 0. */
    private final double[] first;

    private final double[] row;
    private double[][] coefficients = new double[0][];
    private long count;
    private long next = FIRST;

    /**
     * Creates the regression.
     *
     * @param dimension the dimension of the noise
     * @param functions the number of functions
     */
    public ControlVariates(int dimension, int functions) {
        this.axes = Math.min(dimension, AXES);
        this.terms = 1 + axes + axes * (axes + 1) / 2;
        this.functions = functions;
        this.products = new DMatrixRMaj(terms, terms);
        this.targets = new DMatrixRMaj(terms, functions);
        this.squares = new double[functions];
        this.first = new double[functions];
        this.row = new double[terms];
    }

    /** Returns the number of axes whose noise is used. */
    public int axes() {
        return axes;
    }

    /**
     * Writes the corrections of a sample, which are to be subtracted from the values, and then learns from the sample.
     *
     * @param noise the starting noise along the axes
     * @param values the values of the functions
     * @param corrections receives a correction for each function
     */
    public void correct(double[] noise, double[] values, double[] corrections) {
        fillRow(noise);
        Arrays.fill(corrections, 0);
        for (int f = 0; f < coefficients.length; f++) {
            for (int i = 1; i < terms; i++) {
                corrections[f] += coefficients[f][i] * row[i];
            }
        }
        learn(values);
        if (count == next) {
            next *= 2;
            fit();
        }
    }

    private void learn(double[] values) {
        if (count == 0) {
            System.arraycopy(values, 0, first, 0, functions);
        }
        for (int i = 0; i < terms; i++) {
            for (int j = 0; j < terms; j++) {
                products.data[i * terms + j] += row[i] * row[j];
            }
        }
        for (int f = 0; f < functions; f++) {
            double value = values[f] - first[f];
            for (int i = 0; i < terms; i++) {
                targets.data[i * functions + f] += row[i] * value;
            }
            squares[f] += value * value;
        }
        count++;
    }

    private void fillRow(double[] noise) {
        row[0] = 1;
        int at = 1;
        for (int i = 0; i < axes; i++) {
            row[at++] = noise[i];
        }
        for (int i = 0; i < axes; i++) {
            for (int j = 0; j <= i; j++) {
                row[at++] = noise[i] * noise[j] - (i == j ? 1 : 0);
            }
        }
    }

    private void fit() {
        LinearSolverDense<DMatrixRMaj> solver = LinearSolverFactory_DDRM.symmPosDef(terms);
        DMatrixRMaj solution = new DMatrixRMaj(terms, functions);
        if (!solver.setA(products.copy())) {
            return;
        }
        solver.solve(targets.copy(), solution);
        double[][] fitted = new double[functions][terms];
        for (int f = 0; f < functions; f++) {
            double explained = 0;
            for (int i = 0; i < terms; i++) {
                explained += solution.get(i, f) * targets.get(i, f);
            }
            double mean = targets.get(0, f) / count;
            double variance = (squares[f] - count * mean * mean) / (count - 1);
            double left = (squares[f] - explained) / (count - terms) * (1 + (double) terms / count);
            if (left < WORTHWHILE * variance) {
                for (int i = 1; i < terms; i++) {
                    fitted[f][i] = solution.get(i, f);
                }
            }
        }
        coefficients = fitted;
    }
}
