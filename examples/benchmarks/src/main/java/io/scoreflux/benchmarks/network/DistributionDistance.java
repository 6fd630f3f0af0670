package io.scoreflux.benchmarks.network;

import io.scoreflux.benchmarks.network.Digits.Digit;
import io.scoreflux.evaluation.metrics.SlicedWasserstein;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Compares the distance of generated digits from real ones with the distance between sets of real ones.
 *
 * <p>The real digits are split at random into halves A and B. As many generated digits, G, are chosen at random, so that A, B and G have
 * the same number of digits of each class. The sliced Wasserstein distance of G from A is compared with that of B from A. The latter is the
 * floor: the distance of two sets of this size from the same distribution. All distances use the same directions. Standard errors are over
 * the splits of these digits, and do not include the choice of the digits. Unlike in {@link DigitReader}, pixels are not changed, so values
 * of generated digits outside the range from paper to ink add to the distance.
 *
 * @param distances the distance of G from A for each split
 * @param floors the distance of B from A for each split
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record DistributionDistance(double[] distances, double[] floors) {
    private static final long SEED = 40;

    /**
     * Computes the distances.
     *
     * @param real real digits, at least two of each class
     * @param generated generated digits, at least half as many of each class
     * @param splits number of splits, at least 2
     */
    static DistributionDistance between(List<Digit> real, List<Digit> generated, int splits) {
        double[] distances = new double[splits];
        double[] floors = new double[splits];
        for (int split = 0; split < splits; split++) {
            Random random = new Random(SEED + split);
            List<double[]> a = new ArrayList<>();
            List<double[]> b = new ArrayList<>();
            List<double[]> g = new ArrayList<>();
            int[] picked = new int[Digits.CLASSES];
            for (int label = 0; label < Digits.CLASSES; label++) {
                List<double[]> ofClass = shuffled(real, label, random);
                // If the number of digits is odd, one digit is in neither half.
                int half = ofClass.size() / 2;
                a.addAll(ofClass.subList(0, half));
                b.addAll(ofClass.subList(half, 2 * half));
                picked[label] = half;
            }
            for (int label = 0; label < Digits.CLASSES; label++) {
                g.addAll(shuffled(generated, label, random).subList(0, picked[label]));
            }
            distances[split] = between(g, a);
            floors[split] = between(b, a);
        }
        return new DistributionDistance(distances, floors);
    }

    private static double between(List<double[]> some, List<double[]> others) {
        return SlicedWasserstein.between(some.toArray(double[][]::new), others.toArray(double[][]::new))
                .value();
    }

    private static List<double[]> shuffled(List<Digit> digits, int label, Random random) {
        List<double[]> ofClass = new ArrayList<>(digits.stream()
                .filter(digit -> digit.label() == label)
                .map(Digit::pixels)
                .toList());
        Collections.shuffle(ofClass, random);
        return ofClass;
    }

    /** The mean distance. */
    double distance() {
        return Mean.of(distances).value();
    }

    /** The mean floor. */
    double floor() {
        return Mean.of(floors).value();
    }

    /** The standard error of the mean distance. */
    double distanceError() {
        return Mean.of(distances).standardError();
    }

    /** The standard error of the mean floor. */
    double floorError() {
        return Mean.of(floors).standardError();
    }

    /** The mean distance over the mean floor. */
    double ratio() {
        return distance() / floor();
    }

    /** The standard error of the ratio R to first order, which is that of the mean of {@code (distance - R floor) / mean floor}. */
    double ratioError() {
        double[] residuals = new double[distances.length];
        for (int split = 0; split < residuals.length; split++) {
            residuals[split] = (distances[split] - ratio() * floors[split]) / floor();
        }
        return Mean.of(residuals).standardError();
    }
}
