package io.scoreflux.reject;

import java.util.Arrays;

/**
 * Weights that a pilot's chain saw: each with the level at which it was asked and the share of its step. Where there are more than it
 * has room for, it keeps every second, fourth, ... one: means over many chains stay what they are.
 */
final class WeightLog {
    private final int most;
    private double[] entries = new double[3 * 64];
    private int count;
    private long stride = 1;
    private long offered;

    /** A log of at most {@code most} weights, at least 2. */
    WeightLog(int most) {
        this.most = most;
    }

    void add(double sigma, double eps, double weight) {
        if (offered++ % stride != 0) {
            return;
        }
        if (count == most) {
            halve();
            if ((offered - 1) % stride != 0) {
                return;
            }
        }
        int at = 3 * count;
        if (at == entries.length) {
            entries = Arrays.copyOf(entries, 2 * at);
        }
        entries[at] = sigma;
        entries[at + 1] = eps;
        entries[at + 2] = weight;
        count++;
    }

    private void halve() {
        count = (count + 1) / 2;
        for (int i = 1; i < count; i++) {
            System.arraycopy(entries, 6 * i, entries, 3 * i, 3);
        }
        stride *= 2;
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
