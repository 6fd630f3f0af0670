package io.scoreflux.posterior;

import io.scoreflux.noise.NormalStream;
import java.util.Arrays;

/** Arithmetic on weights that are given by their logarithms. */
final class LogWeights {
    private LogWeights() {}

    /** Returns {@code ln sum_j exp(l_j)}; minus infinity if no weight is positive. */
    static double logSum(double[] logs) {
        double most = Arrays.stream(logs).max().orElse(Double.NEGATIVE_INFINITY);
        if (most == Double.NEGATIVE_INFINITY) {
            return most;
        }
        double sum = 0;
        for (double log : logs) {
            sum += StrictMath.exp(log - most);
        }
        return most + StrictMath.log(sum);
    }

    /** Returns {@code ln mean_j exp(l_j)}. */
    static double logMean(double[] logs) {
        return logSum(logs) - StrictMath.log(logs.length);
    }

    /** Returns the weights divided by their sum. */
    static double[] normalised(double[] logs) {
        double total = logSum(logs);
        double[] weights = new double[logs.length];
        for (int j = 0; j < logs.length; j++) {
            weights[j] = StrictMath.exp(logs[j] - total);
        }
        return weights;
    }

    /** Returns the effective number of normalised weights, {@code 1 / sum_j w_j^2}. */
    static double effective(double[] weights) {
        double squares = 0;
        for (double weight : weights) {
            squares += weight * weight;
        }
        return 1 / squares;
    }

    /** Selects as many particles as there are weights, by systematic resampling. */
    static int[] systematic(double[] weights, NormalStream random) {
        int n = weights.length;
        int[] chosen = new int[n];
        double offset = random.uniform();
        double sum = weights[0];
        int j = 0;
        for (int k = 0; k < n; k++) {
            double at = (k + offset) / n;
            while (at >= sum && j < n - 1) {
                j++;
                sum += weights[j];
            }
            chosen[k] = j;
        }
        return chosen;
    }

    /** Selects one particle. */
    static int one(double[] weights, NormalStream random) {
        double at = random.uniform();
        double sum = 0;
        for (int j = 0; j < weights.length; j++) {
            sum += weights[j];
            if (at < sum) {
                return j;
            }
        }
        return weights.length - 1;
    }
}
