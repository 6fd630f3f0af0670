package io.scoreflux.model;

/** Converts unnormalised log-probabilities to probabilities. */
final class Softmax {
    private Softmax() {}

    /** Converts the first {@code n} entries in place. */
    static void inPlace(double[] logs, int n) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < n; k++) {
            largest = Math.max(largest, logs[k]);
        }
        double total = 0;
        for (int k = 0; k < n; k++) {
            logs[k] = StrictMath.exp(logs[k] - largest);
            total += logs[k];
        }
        for (int k = 0; k < n; k++) {
            logs[k] /= total;
        }
    }
}
