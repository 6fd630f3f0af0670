package io.scoreflux.posterior;

import org.apache.commons.numbers.gamma.RegularizedBeta;

/** Quantiles of Student's t distribution. */
final class StudentT {
    private StudentT() {}

    /** Returns the t with {@code P(|T| > t) = alpha}. */
    static double twoSided(double alpha, int degrees) {
        double low = 0;
        double high = 1;
        while (tails(high, degrees) > alpha) {
            high *= 2;
        }
        for (int i = 0; i < 60; i++) {
            double middle = 0.5 * (low + high);
            if (tails(middle, degrees) > alpha) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return 0.5 * (low + high);
    }

    private static double tails(double t, int degrees) {
        return RegularizedBeta.value(degrees / (degrees + t * t), 0.5 * degrees, 0.5);
    }
}
