package io.scoreflux.logconcave;

import io.scoreflux.internal.Kernels;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;
import org.jspecify.annotations.Nullable;

/**
 * The adaptation of {@link Moves} to the chains of a pilot, in windows. Within a window, Robbins-Monro steps lead the angle of a leap to
 * the target mean probability of acceptance. At the end of a window, the metric becomes that of the mean and the covariance of its draws,
 * and the bound of weights becomes the multiple of the roughness that 1 per cent of the weights exceed. Not thread-safe.
 *
 * <p>The covariance is shrunk towards a multiple of the present metric, by the factor with the least expected error: with S in v, n
 * effective draws and mu = tr S / d, the new covariance in v is {@code s S + (1 - s) mu I}, with {@code s = 1 - d (d + 1) / (n |S - mu I|_F^2)},
 * or 0 if that is negative (Ledoit and Wolf 2004, doi 10.1016/S0047-259X(03)00096-4). n follows from the variance of the means of chains.
 */
final class MoveTuner {
    /** The target of the mean probability of acceptance. */
    private static final double AIM = 0.7;

    private static final double FIRST_GAIN = 0.5;
    private static final double FIRST_STEP = 0.2;
    private static final double FIRST_BOUND = 0.1;
    private static final double LONGEST_STEP = 0.6;
    private static final double SHORTEST_STEP = 0.015;
    /** The target fraction of weights above the bound, for safety 4. */
    private static final double OVERFLOW = 0.01;

    private static final double REFERENCE = 4;

    private final Oracle oracle;
    private final int d;
    private final int chains;
    private final double safety;
    private Moves moves;
    private double logStep;
    private double logSum;
    private int summed;
    private long moved;
    private double[] sizes = new double[256];
    private double[] roughnesses = new double[256];
    private int probes;
    private boolean isWarm;

    // Sums over the draws of the window, in v.
    private final double[] v;
    private final double[][] sums;
    private final long[] draws;
    private final double[] products;

    // Squared distances in v, and their costs.
    private double moveDistance;
    private double moveCost;
    private double stepDistance;
    private double stepCost;

    MoveTuner(Metric metric, Oracle oracle, int chains, double safety) {
        this.oracle = oracle;
        this.d = metric.dimension();
        this.chains = chains;
        this.safety = safety;
        this.moves = Moves.of(metric, oracle, FIRST_STEP, FIRST_BOUND);
        this.logStep = StrictMath.log(FIRST_STEP);
        this.v = new double[d];
        this.sums = new double[chains][d];
        this.draws = new long[chains];
        this.products = new double[metric.isFull() ? d * d : d];
    }

    /** Returns the present parameters. */
    Moves moves() {
        return moves;
    }

    /** Records a proximal step between two states in u, and its number of gradients. */
    void stepped(double[] from, double[] to, long gradients) {
        stepDistance += distance(from, to);
        stepCost += gradients;
    }

    /** Records a move, its end in u, whether it was accepted, and its number of gradients. */
    void moved(HamiltonianMove move, double[] from, double[] to, boolean accepted, long gradients) {
        moved++;
        double gain = FIRST_GAIN / Math.sqrt(chains) * Kernels.power(1 + (double) moved / chains, -0.6);
        logStep += gain * (move.acceptance() - AIM);
        logStep = Math.max(StrictMath.log(SHORTEST_STEP), Math.min(StrictMath.log(LONGEST_STEP), logStep));
        logSum += logStep;
        summed++;
        moves = moves.with(StrictMath.exp(logStep), moves.bound());
        if (move.probe() < Double.POSITIVE_INFINITY) {
            if (probes == sizes.length) {
                sizes = Arrays.copyOf(sizes, 2 * probes);
                roughnesses = Arrays.copyOf(roughnesses, 2 * probes);
            }
            sizes[probes] = move.probe();
            roughnesses[probes++] = move.allowed() / moves.bound();
        }
        if (accepted) {
            moveDistance += distance(from, to);
        }
        moveCost += gradients;
    }

    private double distance(double[] from, double[] to) {
        double[] other = new double[d];
        moves.metric().toV(from, v, 0);
        moves.metric().toV(to, other, 0);
        return Kernels.squaredDistance(v, 0, other, 0, d);
    }

    /** Records the state of a chain after a step. */
    void drew(int chain, double[] u) {
        moves.metric().toV(u, v, 0);
        draws[chain]++;
        Kernels.addScaled(sums[chain], 0, 1, v, 0, d);
        for (int i = 0; i < d; i++) {
            if (moves.metric().isFull()) {
                Kernels.addScaled(products, i * d, v[i], v, 0, i + 1);
            } else {
                products[i] += v[i] * v[i];
            }
        }
    }

    /** Forgets the draws and distances so far, but not the angle and the weights. */
    void forget() {
        for (double[] sum : sums) {
            Arrays.fill(sum, 0);
        }
        Arrays.fill(draws, 0);
        Arrays.fill(products, 0);
        moveDistance = 0;
        moveCost = 0;
        stepDistance = 0;
        stepCost = 0;
        logSum = 0;
        summed = 0;
    }

    /** Ends a window: sets the metric and the bound. */
    void endWindow() {
        double bound = quantile();
        Metric metric = estimate();
        moves = metric == null ? moves.with(moves.step(), bound) : Moves.of(metric, oracle, moves.step(), bound);
        moved = 0;
        if (!isWarm) {
            // The first weights are of states far from the mode.
            probes = 0;
            isWarm = true;
        }
        forget();
    }

    /** Ends the last window: sets the angle to its mean in this window, and the bound. */
    Moves finish() {
        double step = summed > 0 ? StrictMath.exp(logSum / summed) : moves.step();
        return moves.with(step, quantile() * safety / REFERENCE);
    }

    /** Returns whether moves go farther than proximal steps for the same number of gradients. */
    boolean paysOff() {
        return moveDistance * stepCost > stepDistance * moveCost;
    }

    /**
     * Returns whether proximal steps go farther than any moves could for the same number of gradients. The mean squared distance of moves is
     * about that of independent draws if they are ideal, and each takes at least three gradients.
     */
    boolean isBeyondMoves() {
        return stepDistance * HamiltonianMove.LEAST_LEAPS > 2 * variance() * stepCost;
    }

    /** Returns the sum of the variances of the draws of the window, in v. */
    private double variance() {
        double[] mean = mean();
        long n = Arrays.stream(draws).sum();
        double sum = 0;
        for (int i = 0; i < d; i++) {
            sum += products[moves.metric().isFull() ? i * d + i : i] / n - mean[i] * mean[i];
        }
        return sum;
    }

    private double[] mean() {
        double[] mean = new double[d];
        long n = 0;
        for (int c = 0; c < chains; c++) {
            n += draws[c];
            Kernels.addScaled(mean, 0, 1, sums[c], 0, d);
        }
        for (int i = 0; i < d; i++) {
            mean[i] /= n;
        }
        return mean;
    }

    /** Returns the ratio of |R| / 2 to the roughness that about 1 per cent of the weights should exceed. */
    private double quantile() {
        if (probes == 0) {
            return moves.bound();
        }
        Integer[] order = new Integer[probes];
        double sum = 0;
        for (int i = 0; i < probes; i++) {
            order[i] = i;
            sum += frequency(i);
        }
        Arrays.sort(order, (a, b) -> Double.compare(sizes[b], sizes[a]));
        double above = 0;
        int k = 0;
        while (k < probes - 1 && above + frequency(order[k]) < OVERFLOW * sum) {
            above += frequency(order[k]);
            k++;
        }
        return sizes[order[k]];
    }

    /** Returns about the number of weights that the test of a move takes. */
    private double frequency(int i) {
        return Math.min(1, 2 * moves.bound() * roughnesses[i]);
    }

    private @Nullable Metric estimate() {
        long n = Arrays.stream(draws).sum();
        if (n < 2) {
            return null;
        }
        double[] mean = mean();
        boolean full = moves.metric().isFull();
        double[] covariance = new double[products.length];
        double trace = 0;
        double size = 0;
        for (int i = 0; i < d; i++) {
            for (int j = full ? 0 : i; j <= i; j++) {
                double entry = products[full ? i * d + j : i] / n - mean[i] * mean[j];
                covariance[full ? i * d + j : i] = entry;
                size += (i == j ? 1 : 2) * entry * entry;
                trace += i == j ? entry : 0;
            }
        }
        double mu = trace / d;
        double spread = size - d * mu * mu;
        double effective = n * mu * d / Math.max(mu * d, excess(mean));
        double noise = (full ? d * (d + 1.0) : 2.0 * d) * mu * mu / effective;
        double keep = spread > 0 ? Math.max(0, 1 - noise / spread) : 0;
        if (!(mu > 0 && mu < Double.POSITIVE_INFINITY)) {
            return null;
        }
        for (int i = 0; i < d; i++) {
            for (int j = full ? 0 : i; j <= i; j++) {
                int at = full ? i * d + j : i;
                covariance[at] = keep * covariance[at] + (i == j ? (1 - keep) * mu : 0);
            }
        }
        double[] factor = full ? cholesky(covariance, d) : roots(covariance);
        return factor == null ? null : moves.metric().then(mean, factor);
    }

    /** Returns the variance of a draw times the number of draws for each effective one, summed over the coordinates. */
    private double excess(double[] mean) {
        double sum = 0;
        int used = 0;
        for (int c = 0; c < chains; c++) {
            if (draws[c] > 0) {
                used++;
                for (int i = 0; i < d; i++) {
                    double off = sums[c][i] / draws[c] - mean[i];
                    sum += draws[c] * off * off;
                }
            }
        }
        return used > 1 ? sum / (used - 1) : 0;
    }

    private static double @Nullable [] roots(double[] variances) {
        double[] roots = new double[variances.length];
        for (int i = 0; i < roots.length; i++) {
            if (!(variances[i] > 0)) {
                return null;
            }
            roots[i] = Math.sqrt(variances[i]);
        }
        return roots;
    }

    /** Returns L with L L' equal to a matrix of which the lower half is given, row-major, or null if it is not positive definite. */
    static double @Nullable [] cholesky(double[] lower, int d) {
        DMatrixRMaj matrix = new DMatrixRMaj(d, d);
        for (int i = 0; i < d; i++) {
            for (int j = 0; j <= i; j++) {
                matrix.set(i, j, lower[i * d + j]);
                matrix.set(j, i, lower[i * d + j]);
            }
        }
        CholeskyDecomposition_F64<DMatrixRMaj> cholesky = DecompositionFactory_DDRM.chol(d, true);
        if (!cholesky.decompose(matrix)) {
            return null;
        }
        DMatrixRMaj factor = cholesky.getT(null);
        for (int i = 0; i < d; i++) {
            if (!(factor.get(i, i) > 0 && factor.get(i, i) < Double.POSITIVE_INFINITY)) {
                return null;
            }
        }
        return factor.data;
    }
}
