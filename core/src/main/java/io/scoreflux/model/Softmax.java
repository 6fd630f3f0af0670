package io.scoreflux.model;

/** Turns unnormalised log-probabilities into probabilities, in place. */
final class Softmax {
    private Softmax() {}

    /** The first {@code n} of them. */
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
