package io.scoreflux.benchmarks;

import java.util.List;

/**
 * The model {@code calls = factor * digits^exponent}, usually with {@code digits = log10(1 / error)}.
 *
 * @param factor calls at an error of 0.1
 * @param exponent 1 if each digit costs the same
 */
public record PowerLaw(double factor, double exponent) {

    /**
     * Fits the logarithm of the calls to that of the digits by least squares.
     *
     * @param digits a parameter, positive; at least two different values
     * @param calls the calls at each number of digits, positive
     */
    public static PowerLaw fit(List<Double> digits, List<Double> calls) {
        double[] x = digits.stream().mapToDouble(Math::log).toArray();
        double[] y = calls.stream().mapToDouble(Math::log).toArray();
        double meanX = mean(x);
        double meanY = mean(y);
        double xy = 0;
        double xx = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - meanX) * (y[i] - meanY);
            xx += (x[i] - meanX) * (x[i] - meanX);
        }
        double exponent = xy / xx;
        return new PowerLaw(Math.exp(meanY - exponent * meanX), exponent);
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }
}
