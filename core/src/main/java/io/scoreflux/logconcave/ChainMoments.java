package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Mean, deviation, effective sample size and split R-hat of several chains while they run, in memory that does not grow: 64 to 128 batches a
 * chain, whose length doubles when they are full, at 16 bytes a coordinate and batch. Thread-safe.
 *
 * <p>Split R-hat compares the variance between the halves of all chains with that within them (Gelman et al. 2013, Bayesian Data
 * Analysis, section 11.4). The effective sample size comes from the autocorrelation of the batches' means over all chains, cut off by
 * Geyer's initial monotone sequence (Vehtari et al. 2021, doi 10.1214/20-BA1221, section 3.2); while batches are single draws it is
 * theirs. Ranks, for which the limit of 1.01 was recommended, are not formed: they would need all draws.
 */
public final class ChainMoments {
    private static final int MOST_BATCHES = 128;

    private final int dimension;
    private final Batches[] chains;
    private final boolean[] leftOut;

    /**
     * What is known of one coordinate.
     *
     * @param mean over all draws; NaN without any
     * @param deviation standard deviation, from the variance within and between chains; like what follows from the batches that all chains have filled
     * @param effectiveSize draws of as many independent ones; NaN below 4 batches a chain
     * @param splitRhat 1 where the chains agree; NaN below 4 batches a chain
     */
    public record Coordinate(double mean, double deviation, double effectiveSize, double splitRhat) {
        /** Of the mean: deviation / sqrt(effective size). */
        public double standardError() {
            return deviation / Math.sqrt(effectiveSize);
        }

        /** The mean for JSON mappers, or null if it is NaN. */
        public @Nullable Double getMean() {
            return Values.finiteOrNull(mean);
        }

        /** The deviation for JSON mappers, or null if it is NaN. */
        public @Nullable Double getDeviation() {
            return Values.finiteOrNull(deviation);
        }

        /** The effective size for JSON mappers, or null if it is NaN. */
        public @Nullable Double getEffectiveSize() {
            return Values.finiteOrNull(effectiveSize);
        }

        /** The split R-hat for JSON mappers, or null if it is NaN or infinite. */
        public @Nullable Double getSplitRhat() {
            return Values.finiteOrNull(splitRhat);
        }
    }

    /** A chain's batches: of each coordinate the mean, and the sum of squares around it. */
    private static final class Batches {
        List<double[]> means = new ArrayList<>();
        List<double[]> squares = new ArrayList<>();
        long length = 1;
        long inLast;
        long draws;
        final double[] total;

        Batches(int dimension) {
            total = new double[dimension];
        }

        void add(double[] values) {
            int d = values.length;
            if (inLast == 0) {
                if (means.size() == MOST_BATCHES) {
                    join();
                }
                means.add(new double[d]);
                squares.add(new double[d]);
            }
            draws++;
            inLast++;
            double[] mean = means.get(means.size() - 1);
            double[] square = squares.get(squares.size() - 1);
            for (int i = 0; i < d; i++) {
                total[i] += (values[i] - total[i]) / draws;
                double from = values[i] - mean[i];
                mean[i] += from / inLast;
                square[i] += from * (values[i] - mean[i]);
            }
            inLast %= length;
        }

        /** Joins full batches two by two; an odd one is left out. */
        void join() {
            List<double[]> joinedMeans = new ArrayList<>();
            List<double[]> joinedSquares = new ArrayList<>();
            for (int k = 0; k + 1 < full(); k += 2) {
                double[] mean = means.get(k).clone();
                double[] square = squares.get(k).clone();
                for (int i = 0; i < mean.length; i++) {
                    double apart = means.get(k + 1)[i] - mean[i];
                    mean[i] += 0.5 * apart;
                    square[i] += squares.get(k + 1)[i] + 0.5 * length * apart * apart;
                }
                joinedMeans.add(mean);
                joinedSquares.add(square);
            }
            means = joinedMeans;
            squares = joinedSquares;
            length *= 2;
            inLast = 0;
        }

        /** What does not change while draws go on; full batches are not written any more. */
        Batches snapshot() {
            Batches copy = new Batches(total.length);
            copy.means = new ArrayList<>(means.subList(0, full()));
            copy.squares = new ArrayList<>(squares.subList(0, full()));
            copy.length = length;
            copy.draws = draws;
            System.arraycopy(total, 0, copy.total, 0, total.length);
            return copy;
        }

        int full() {
            return inLast == 0 ? means.size() : means.size() - 1;
        }
    }

    /** For so many chains of so many numbers. */
    public ChainMoments(int chains, int dimension) {
        Require.atLeast("chains", chains, 1);
        this.dimension = Require.atLeast("dimension", dimension, 1);
        this.chains = new Batches[chains];
        this.leftOut = new boolean[chains];
        Arrays.setAll(this.chains, c -> new Batches(dimension));
    }

    /** Adds a chain's next draw; not kept. */
    public synchronized void add(int chain, double[] values) {
        if (values.length != dimension) {
            throw new InvalidArgumentException("values", "must be " + dimension + " numbers", values.length);
        }
        chains[requireChain(chain)].add(values);
    }

    /** Leaves a chain out, with all of its draws: it has ended, and the batches of the others are not to wait for it. */
    public synchronized void leaveOut(int chain) {
        leftOut[requireChain(chain)] = true;
        chains[chain] = new Batches(dimension);
    }

    private int requireChain(int chain) {
        return Require.within("chain", chain, 0, chains.length - 1);
    }

    /** Chains that are not left out. */
    public synchronized int chains() {
        int count = 0;
        for (boolean out : leftOut) {
            count += out ? 0 : 1;
        }
        return count;
    }

    /** Draws of all chains that are not left out. */
    public synchronized long draws() {
        long draws = 0;
        for (Batches chain : chains) {
            draws += chain.draws;
        }
        return draws;
    }

    /** What is known of all coordinates. Draws can be added while it is computed. */
    public List<Coordinate> coordinates() {
        List<Batches> views = snapshot();
        long length = views.stream().mapToLong(chain -> chain.length).max().orElse(1);
        for (Batches view : views) {
            while (view.length < length) {
                view.join();
            }
        }
        int full = views.stream().mapToInt(Batches::full).min().orElse(0);
        long draws = views.stream().mapToLong(chain -> chain.draws).sum();
        List<Coordinate> all = new ArrayList<>();
        for (int i = 0; i < dimension; i++) {
            double mean = 0;
            for (Batches view : views) {
                mean += view.total[i] * view.draws / draws;
            }
            all.add(coordinate(draws == 0 ? Double.NaN : mean, views, length, full, i));
        }
        return all;
    }

    private synchronized List<Batches> snapshot() {
        List<Batches> all = new ArrayList<>();
        for (int c = 0; c < chains.length; c++) {
            if (!leftOut[c]) {
                all.add(chains[c].snapshot());
            }
        }
        return all;
    }

    private static Coordinate coordinate(double mean, List<Batches> views, long length, int full, int axis) {
        int n = full / 2 * 2;
        if (n < 4) {
            return new Coordinate(mean, Double.NaN, Double.NaN, Double.NaN);
        }
        // The halves of a chain count as chains.
        double[][] means = new double[2 * views.size()][n / 2];
        double[][] squares = new double[2 * views.size()][n / 2];
        for (int c = 0; c < means.length; c++) {
            Batches view = views.get(c / 2);
            for (int k = 0; k < n / 2; k++) {
                int batch = c % 2 * (n / 2) + k;
                means[c][k] = view.means.get(batch)[axis];
                squares[c][k] = view.squares.get(batch)[axis];
            }
        }
        Pooled draws = Pooled.of(means, squares, length);
        Pooled ofMeans = Pooled.of(means, new double[means.length][n / 2], 1);
        double variance = draws.variance();
        double ofMean = ofMeans.variance() / effectiveSize(means, ofMeans);
        // A constant is known from any number of draws.
        double size = variance == 0 ? (double) length * n * views.size() : variance / ofMean;
        double rhat = variance == 0 ? 1 : Math.sqrt(variance / draws.within());
        return new Coordinate(mean, Math.sqrt(variance), size, rhat);
    }

    /** Variance within series, and overall with what lies between them. */
    private record Pooled(double within, double variance) {
        static Pooled of(double[][] means, double[][] squares, long length) {
            int series = means.length;
            int batches = means[0].length;
            double each = (double) length * batches;
            double[] centre = new double[series];
            double mean = 0;
            double within = 0;
            for (int c = 0; c < series; c++) {
                for (double batch : means[c]) {
                    centre[c] += batch / batches;
                }
                mean += centre[c] / series;
                for (int k = 0; k < batches; k++) {
                    double from = means[c][k] - centre[c];
                    within += (squares[c][k] + length * from * from) / (each - 1) / series;
                }
            }
            double between = 0;
            for (double one : centre) {
                between += (one - mean) * (one - mean) / (series - 1);
            }
            return new Pooled(within, within * (each - 1) / each + between);
        }
    }

    /** Of series that are all their own draws. */
    private static double effectiveSize(double[][] series, Pooled pooled) {
        int n = series[0].length;
        double total = (double) n * series.length;
        if (pooled.variance() == 0) {
            return total;
        }
        double[] covariance = covariances(series);
        // Sums of two neighbours, as long as they are positive, and never larger than the one before.
        double time = -1;
        double pair = Double.POSITIVE_INFINITY;
        for (int lag = 0; lag + 1 < n; lag += 2) {
            double even = 1 - (pooled.within() - covariance[lag]) / pooled.variance();
            double odd = 1 - (pooled.within() - covariance[lag + 1]) / pooled.variance();
            pair = Math.min(pair, (lag == 0 ? 1 : even) + odd);
            if (pair <= 0) {
                break;
            }
            time += 2 * pair;
        }
        // Antithetic chains can do better than independent draws, within what their length can show.
        return total / Math.max(time, 1 / StrictMath.log10(total));
    }

    /** Autocovariances by lag, the mean over series, with n - 1 for lag 0 as in the variance within. */
    private static double[] covariances(double[][] series) {
        int n = series[0].length;
        double[] sums = new double[n];
        for (double[] one : series) {
            double mean = 0;
            for (double value : one) {
                mean += value / n;
            }
            for (int lag = 0; lag < n; lag++) {
                for (int k = 0; k + lag < n; k++) {
                    sums[lag] += (one[k] - mean) * (one[k + lag] - mean) / (n - 1) / series.length;
                }
            }
        }
        return sums;
    }
}
