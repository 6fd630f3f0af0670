package io.scoreflux.benchmarks.network;

import io.scoreflux.benchmarks.network.Digits.Digit;
import io.scoreflux.evaluation.metrics.SlicedWasserstein;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * How far generated digits are from real ones, beside how far real ones are from each other.
 *
 * <p>The real digits are split at random into halves A and B, and as many generated ones, G, are picked at random, class by class, so that
 * A, B and G have the same number of each class. The sliced Wasserstein distance of G from A is then compared with that of B from A, the floor: what two
 * sets of this size from one law are apart. All distances are over the same directions; standard errors are over the splits and thus
 * given these digits: how other digits of the same source would differ is not in them. Pixels are taken as they are, unlike by
 * {@link DigitReader}: what of generated ones lies beyond paper and ink counts as distance.
 *
 * @param distances of G from A, a split each
 * @param floors of B from A, a split each
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
record DistributionDistance(double[] distances, double[] floors) {
    private static final long SEED = 40;

    /**
     * Compares.
     *
     * @param real of each class at least two
     * @param generated of each class at least half as many
     * @param splits at least 2
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
                // Of a class with an odd number one digit is in neither half.
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

    /** Of the mean distance. */
    double distanceError() {
        return Mean.of(distances).standardError();
    }

    /** Of the mean floor. */
    double floorError() {
        return Mean.of(floors).standardError();
    }

    /** The mean distance over the mean floor. */
    double ratio() {
        return distance() / floor();
    }

    /** Of the ratio R, to first order: that of the mean of {@code (distance - R floor) / mean floor}. */
    double ratioError() {
        double[] residuals = new double[distances.length];
        for (int split = 0; split < residuals.length; split++) {
            residuals[split] = (distances[split] - ratio() * floors[split]) / floor();
        }
        return Mean.of(residuals).standardError();
    }
}
