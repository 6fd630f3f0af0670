package io.scoreflux.reject;

import java.util.Arrays;

/** The weights that a pilot's chain saw: each with the level at which it was asked and the share of its step. */
final class WeightLog {
    private double[] entries = new double[3 * 64];
    private int count;

    void add(double sigma, double eps, double weight) {
        int at = 3 * count;
        if (at == entries.length) {
            entries = Arrays.copyOf(entries, 2 * at);
        }
        entries[at] = sigma;
        entries[at + 1] = eps;
        entries[at + 2] = weight;
        count++;
    }

    int count() {
        return count;
    }

    double sigma(int i) {
        return entries[3 * i];
    }

    double eps(int i) {
        return entries[3 * i + 1];
    }

    double weight(int i) {
        return entries[3 * i + 2];
    }
}
