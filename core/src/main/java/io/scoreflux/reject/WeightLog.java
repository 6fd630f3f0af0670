package io.scoreflux.reject;

import java.util.Arrays;

/**
 * The weights of one chain of a pilot, each with the level of its evaluation and the eps of its step. If there are more than it has room
 * for, it keeps every second, fourth, ... weight. Means over many chains do not change.
 */
final class WeightLog {
    private final int most;
    private double[] entries = new double[3 * 64];
    private int count;
    private long stride = 1;
    private long offered;

    /** Creates a log of at most {@code most} weights, at least 2. */
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
