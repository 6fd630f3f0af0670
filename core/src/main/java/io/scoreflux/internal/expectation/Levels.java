package io.scoreflux.internal.expectation;

import java.util.Arrays;

/**
 * The levels of a randomised estimator (Rhee and Glynn 2015, with a coarse base). Sample k is {@code f_b + 1{l} (f_l - f_{l-1}) / p_l}, where
 * level l > b is chosen with probability p_l, and none otherwise. Its expectation is that of f at the finest level. Immutable.
 *
 * @param base b: the index of the coarsest level in use
 * @param probabilities p_l for each level; 0 up to the base
 * @param guards for each function, the variance of a correction that may not have been seen, if it has probability 1/n, times n
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record Levels(int base, double[] probabilities, double[] guards) {
    /** The most levels, so that the probabilities of the corrections sum to less than 1. */
    public static final int MOST = 4;

    private static final double LEAST_PROBABILITY = 0.01;
    private static final double MOST_PROBABILITY = 0.3;

    /** The largest mean square of the first correction, relative to the variance of the base. */
    private static final double MOST_CORRECTION = 0.1;

    /** Returns the level of the correction of a sample, or the base for none. */
    public int of(double uniform) {
        double edge = 0;
        for (int l = base + 1; l < probabilities.length; l++) {
            edge += probabilities[l];
            if (uniform < edge) {
                return l;
            }
        }
        return base;
    }

    /** Collects the results of a pilot at all levels, and chooses base and probabilities. */
    public static final class Pilot {
        private final MeanSettings[] settings;
        private final RunningMoments[][] values;
        private final double[][] corrections;
        private final double[][] largest;
        private final double[] calls;
        private long count;

        /**
         * Creates a pilot.
         *
         * @param levels the number of levels
         * @param settings the settings of each function
         */
        public Pilot(int levels, MeanSettings[] settings) {
            this.settings = settings.clone();
            this.values = new RunningMoments[levels][settings.length];
            for (RunningMoments[] row : values) {
                Arrays.setAll(row, f -> new RunningMoments());
            }
            this.corrections = new double[levels][settings.length];
            this.largest = new double[levels][settings.length];
            this.calls = new double[levels];
        }

        /**
         * Adds a sample at all levels.
         *
         * @param byLevel the values of the functions at each level
         * @param callsByLevel the denoiser calls at each level
         */
        public void add(double[][] byLevel, long[] callsByLevel) {
            count++;
            for (int l = 0; l < calls.length; l++) {
                calls[l] += callsByLevel[l];
                for (int f = 0; f < settings.length; f++) {
                    values[l][f].add(byLevel[l][f]);
                    if (l > 0) {
                        double correction = byLevel[l][f] - byLevel[l - 1][f];
                        corrections[l][f] += correction * correction;
                        largest[l][f] = Math.max(largest[l][f], Math.abs(correction));
                    }
                }
            }
        }

        /** Returns the number of samples. */
        public long count() {
            return count;
        }

        /**
         * Chooses the levels. A base is dropped if the mean square of its correction is more than a tenth of its variance. The probabilities
         * {@code p_l = sqrt(E Delta_l^2 / C_l) / sqrt(V_b / C_b)} minimise the variance for a given number of calls. They are from 0.01, so
         * that corrections are seen before the rule stops, to 0.3.
         */
        public Levels choose() {
            int base = 0;
            while (base + 1 < calls.length && tooCoarse(base)) {
                base++;
            }
            double[] probabilities = new double[calls.length];
            double[] guards = new double[settings.length];
            for (int l = base + 1; l < calls.length; l++) {
                // The first pair shares the solution of the base.
                double cost = l == base + 1 ? calls[l] : calls[l - 1] + calls[l];
                double best = 0;
                for (int f = 0; f < settings.length; f++) {
                    double variance = values[base][f].variance();
                    double correction = corrections[l][f] / count;
                    if (correction > 0) {
                        best = Math.max(best, Math.sqrt(correction / cost) / Math.sqrt(variance / calls[base]));
                    }
                }
                probabilities[l] = Math.min(MOST_PROBABILITY, Math.max(LEAST_PROBABILITY, best));
                for (int f = 0; f < settings.length; f++) {
                    double jump = settings[f].bounded() ? settings[f].range() : largest[l][f];
                    guards[f] = Math.max(guards[f], jump * jump / probabilities[l]);
                }
            }
            for (int f = 0; f < settings.length; f++) {
                if (settings[f].bounded()) {
                    guards[f] = Math.max(guards[f], settings[f].range() * settings[f].range());
                }
            }
            return new Levels(base, probabilities, guards);
        }

        private boolean tooCoarse(int base) {
            for (int f = 0; f < settings.length; f++) {
                if (corrections[base + 1][f] / count > MOST_CORRECTION * values[base][f].variance()) {
                    return true;
                }
            }
            return false;
        }
    }
}
