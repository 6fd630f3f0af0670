package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Mean, standard deviation, effective sample size and split R-hat of several chains while they run. The memory does not grow with the
 * number of draws: each chain has at most 128 batches, whose length doubles when they are full, and each batch takes 16 bytes for each
 * coordinate. Thread-safe.
 *
 * <p>Split R-hat compares the variance between the halves of all chains with the variance within them (Gelman et al. 2013, Bayesian Data
 * Analysis, section 11.4). The effective sample size is computed from the autocorrelation of the batch means over all chains, truncated by
 * Geyer's initial monotone sequence (Vehtari et al. 2021, doi 10.1214/20-BA1221, section 3.2). While each batch is a single draw, it equals
 * theirs. The rank-normalized R-hat, for which the limit of 1.01 was recommended, is not computed, because ranks need all draws.
 */
public final class ChainMoments {
    private static final int MOST_BATCHES = 128;
    /** The deviation, in units in the last place of the mean, below which it is a rounding error. */
    private static final double ROUNDING = 100;

    private final int dimension;
    private final Batches[] chains;
    private final boolean[] leftOut;

    /**
     * Statistics of one coordinate.
     *
     * @param mean over all draws; NaN without draws
     * @param deviation the standard deviation, from the variances within and between chains. Like the following values, it is computed from
     *     the batches that all chains have filled, and is NaN below 4 batches for each chain
     * @param effectiveSize the number of independent draws that determine the mean equally well
     * @param splitRhat 1 if the chains agree
     */
    public record Coordinate(double mean, double deviation, double effectiveSize, double splitRhat) {
        /** Returns the standard error of the mean: deviation / sqrt(effective size). */
        public double standardError() {
            return deviation / Math.sqrt(effectiveSize);
        }

        /** Returns the mean for JSON mappers, or null if it is NaN. */
        public @Nullable Double getMean() {
            return Values.finiteOrNull(mean);
        }

        /** Returns the deviation for JSON mappers, or null if it is NaN. */
        public @Nullable Double getDeviation() {
            return Values.finiteOrNull(deviation);
        }

        /** Returns the effective size for JSON mappers, or null if it is NaN. */
        public @Nullable Double getEffectiveSize() {
            return Values.finiteOrNull(effectiveSize);
        }

        /** Returns the split R-hat for JSON mappers, or null if it is NaN or infinite. */
        public @Nullable Double getSplitRhat() {
            return Values.finiteOrNull(splitRhat);
        }
    }

    /** The batches of one chain: for each coordinate the mean, and the sum of squared differences from it. */
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

        /** Joins full batches in pairs, and drops an odd one. */
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

        /** Returns a copy that does not change while draws are added. It shares full batches, which are no longer modified. */
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

    /** Creates moments of {@code chains} chains with {@code dimension} coordinates. */
    public ChainMoments(int chains, int dimension) {
        Require.atLeast("chains", chains, 1);
        this.dimension = Require.atLeast("dimension", dimension, 1);
        this.chains = new Batches[chains];
        this.leftOut = new boolean[chains];
        Arrays.setAll(this.chains, c -> new Batches(dimension));
    }

    /** Adds the next draw of a chain. The array is not kept. */
    public synchronized void add(int chain, double[] values) {
        if (values.length != dimension) {
            throw new InvalidArgumentException("values", "must be " + dimension + " numbers", values.length);
        }
        chains[requireChain(chain)].add(values);
    }

    /**
     * Excludes a chain with all of its draws. Call this method for a chain that has failed. Otherwise the deviation, the effective size and
     * the split R-hat cover no later draws of the other chains.
     */
    public synchronized void exclude(int chain) {
        leftOut[requireChain(chain)] = true;
        chains[chain] = new Batches(dimension);
    }

    private int requireChain(int chain) {
        return Require.within("chain", chain, 0, chains.length - 1);
    }

    /** Returns the number of chains that are not excluded. */
    public synchronized int chains() {
        int count = 0;
        for (boolean out : leftOut) {
            count += out ? 0 : 1;
        }
        return count;
    }

    /** Returns the number of draws of all chains that are not excluded. */
    public synchronized long draws() {
        long draws = 0;
        for (Batches chain : chains) {
            draws += chain.draws;
        }
        return draws;
    }

    /** Returns the statistics of all coordinates. Draws can be added during the computation. */
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
        // Each half of a chain counts as a chain.
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
        // The means of batches of equal values may differ by rounding errors.
        double variance = Math.sqrt(draws.variance()) <= ROUNDING * Math.ulp(mean) ? 0 : draws.variance();
        double ofMean = ofMeans.variance() / effectiveSize(means, ofMeans);
        // For a constant, every draw is effective.
        double size = variance == 0 ? (double) length * n * views.size() : variance / ofMean;
        double rhat = variance == 0 ? 1 : Math.sqrt(variance / draws.within());
        return new Coordinate(mean, Math.sqrt(variance), size, rhat);
    }

    /** The variance within series, and the total variance, which includes the variance between series. */
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

    /** Returns the effective sample size of series of which each value counts as one draw. */
    private static double effectiveSize(double[][] series, Pooled pooled) {
        int n = series[0].length;
        double total = (double) n * series.length;
        if (pooled.variance() == 0) {
            return total;
        }
        double[] covariance = covariances(series);
        // Geyer's initial monotone sequence: sums of adjacent pairs, while they are positive, and never increasing.
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
        // Antithetic draws can be worth more than independent ones, by at most a factor that grows with their number.
        return total / Math.max(time, 1 / StrictMath.log10(total));
    }

    /** Returns autocovariances by lag, averaged over series. The divisor is n - 1, so that lag 0 agrees with the variance within series. */
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
