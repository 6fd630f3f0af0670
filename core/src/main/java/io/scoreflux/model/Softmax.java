package io.scoreflux.model;

/** Turns unnormalised log-probabilities into probabilities, in place. */
final class Softmax {
    private Softmax() {}

    static void inPlace(double[] logs) {
        double largest = Double.NEGATIVE_INFINITY;
        for (double log : logs) {
            largest = Math.max(largest, log);
        }
        double total = 0;
        for (int k = 0; k < logs.length; k++) {
            logs[k] = StrictMath.exp(logs[k] - largest);
            total += logs[k];
        }
        for (int k = 0; k < logs.length; k++) {
            logs[k] /= total;
        }
    }
}
