package io.scoreflux.benchmarks.logconcave;

import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.decomposition.chol.CholeskyDecompositionInner_DDRM;
import org.jspecify.annotations.Nullable;

/**
 * The No-U-Turn sampler as in Stan: multinomial sampling from trajectories that double until they turn back (Hoffman and Gelman 2014;
 * Betancourt 2017, arXiv 1701.02434), with dual averaging of the step to a mean acceptance of 0.8, and a dense or a unit metric. It needs
 * values of f. In warm-up, the dense metric is estimated in Stan's windows of growing length and regularised as in Stan.
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
final class Nuts {
    private static final double AIM = 0.8;
    private static final int DEEPEST = 10;
    private static final double DIVERGENT = 1000;

    private final Density density;
    private final Random random;
    private final int d;
    private final boolean dense;
    /** The factor L of the covariance L L', row-major. The momentum in x is L^-T times a standard normal vector. */
    private DMatrixRMaj factor;

    private double step = 1;
    private long gradients;

    // Dual averaging.
    private double center;
    private double gap;
    private double logMean;
    private int adapted;

    private Nuts(Density density, boolean dense, Random random) {
        this.density = density;
        this.random = random;
        this.d = density.dimension();
        this.dense = dense;
        this.factor = CommonOps_DDRM.identity(d);
    }

    /** The costs of a run. */
    record Cost(long warmUpGradients, long gradients) {}

    /** A state of a trajectory: x = L z in scaled coordinates, momentum, gradient in z, and H. */
    private record State(double[] x, double[] p, double[] g, double h) {}

    /** A subtree: its ends, the sum of momenta, a sampled state, and the logarithm of its weight. */
    private record Tree(State left, State right, double[] rho, State sample, double logWeight, boolean ended) {}

    /** Runs one chain: warm-up, then draws, which are passed to the sink. */
    static Cost run(
            Density density,
            double[] start,
            int warmUp,
            int draws,
            boolean dense,
            Random random,
            Consumer<double[]> sink) {
        Nuts nuts = new Nuts(density, dense, random);
        double[] x = nuts.warmUp(start, warmUp);
        long warm = nuts.gradients;
        for (int k = 0; k < draws; k++) {
            x = nuts.draw(x, false);
            sink.accept(x);
        }
        return new Cost(warm, nuts.gradients - warm);
    }

    private double[] warmUp(double[] start, int steps) {
        double[] x = start;
        int first = (int) Math.round(0.075 * steps);
        int last = steps - (int) Math.round(0.05 * steps);
        int length = Math.max(1, (int) Math.round(0.025 * steps));
        int end = first + length;
        findStep(x);
        double[] mean = new double[d];
        double[][] products = new double[d][d];
        int n = 0;
        for (int k = 0; k < steps; k++) {
            x = draw(x, true);
            if (dense && k >= first && k < last) {
                n++;
                double[] off = new double[d];
                for (int i = 0; i < d; i++) {
                    off[i] = x[i] - mean[i];
                    mean[i] += off[i] / n;
                }
                for (int i = 0; i < d; i++) {
                    for (int j = 0; j < d; j++) {
                        products[i][j] += off[i] * (x[j] - mean[j]);
                    }
                }
                if (k + 1 == end) {
                    // A short warm-up can have a window of one draw, which has no covariance.
                    if (n > 1) {
                        setMetric(products, n);
                        findStep(x);
                    }
                    Arrays.fill(mean, 0);
                    products = new double[d][d];
                    n = 0;
                    length *= 2;
                    end = end + 3 * length > last ? last : end + length;
                }
            }
        }
        step = Math.exp(logMean);
        return x;
    }

    private void setMetric(double[][] products, int n) {
        DMatrixRMaj covariance = new DMatrixRMaj(d, d);
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                covariance.set(i, j, products[i][j] / (n - 1) * n / (n + 5.0) + (i == j ? 1e-3 * 5 / (n + 5.0) : 0));
            }
        }
        CholeskyDecompositionInner_DDRM cholesky = new CholeskyDecompositionInner_DDRM(true);
        if (!cholesky.decompose(covariance)) {
            throw new IllegalStateException("the covariance of warm-up must be positive definite");
        }
        factor = cholesky.getT(null);
    }

    private double[] gradient(double[] x) {
        gradients++;
        DMatrixRMaj pulled = new DMatrixRMaj(d, 1);
        CommonOps_DDRM.multTransA(factor, DMatrixRMaj.wrap(d, 1, density.gradient(x)), pulled);
        return pulled.data;
    }

    private State state(double[] x, double[] p, double[] g) {
        double h = density.value(x) + 0.5 * dot(p, p);
        return new State(x, p, g, Double.isNaN(h) ? Double.POSITIVE_INFINITY : h);
    }

    private State leap(State from, double time) {
        double[] p = from.p.clone();
        for (int i = 0; i < d; i++) {
            p[i] -= 0.5 * time * from.g[i];
        }
        DMatrixRMaj moved = new DMatrixRMaj(d, 1);
        CommonOps_DDRM.mult(factor, DMatrixRMaj.wrap(d, 1, p), moved);
        double[] x = from.x.clone();
        for (int i = 0; i < d; i++) {
            x[i] += time * moved.data[i];
        }
        double[] g = gradient(x);
        for (int i = 0; i < d; i++) {
            p[i] -= 0.5 * time * g[i];
        }
        return state(x, p, g);
    }

    /** Doubles or halves the step until the acceptance of one leap crosses 0.8, and restarts dual averaging there. */
    private void findStep(double[] x) {
        State from = state(x, normal(), gradient(x));
        int direction = 0;
        while (true) {
            double change = from.h - leap(from, step).h;
            int now = change > Math.log(0.8) ? 1 : -1;
            if (direction == -now) {
                break;
            }
            direction = now;
            step *= now > 0 ? 2 : 0.5;
            if (step == 0 || step == Double.POSITIVE_INFINITY) {
                throw new IllegalStateException("no step has an acceptance near 0.8");
            }
        }
        center = Math.log(10 * step);
        gap = 0;
        logMean = 0;
        adapted = 0;
    }

    private double[] normal() {
        double[] p = new double[d];
        for (int i = 0; i < d; i++) {
            p[i] = random.nextGaussian();
        }
        return p;
    }

    private double acceptances;
    private int leaps;
    private double first;
    private double @Nullable [] knownGradient;
    private double @Nullable [] knownPoint;

    private double[] draw(double[] x, boolean adapt) {
        // The gradient at the start is known from the previous draw, unless the metric has changed.
        double[] g = knownGradient != null && knownPoint == x ? knownGradient : gradient(x);
        State from = state(x, normal(), g);
        acceptances = 0;
        leaps = 0;
        first = from.h;
        Tree tree = new Tree(from, from, from.p.clone(), from, 0, false);
        for (int depth = 0; depth < DEEPEST; depth++) {
            boolean right = random.nextBoolean();
            Tree more = build(right ? tree.right : tree.left, right, depth);
            if (more.ended) {
                break;
            }
            State sample = Math.log(random.nextDouble()) < more.logWeight - tree.logWeight ? more.sample : tree.sample;
            tree = join(right ? tree : more, right ? more : tree, sample);
            if (tree.ended) {
                break;
            }
        }
        if (adapt) {
            adapt(acceptances / leaps);
        }
        knownPoint = adapt ? null : tree.sample.x;
        knownGradient = tree.sample.g;
        return tree.sample.x;
    }

    private Tree build(State from, boolean right, int depth) {
        if (depth == 0) {
            State next = leap(from, right ? step : -step);
            leaps++;
            double change = first - next.h;
            acceptances += Math.min(1, Math.exp(change));
            return new Tree(next, next, next.p.clone(), next, change, !(change > -DIVERGENT));
        }
        Tree one = build(from, right, depth - 1);
        if (one.ended) {
            return one;
        }
        Tree two = build(right ? one.right : one.left, right, depth - 1);
        if (two.ended) {
            return two;
        }
        double both = logSum(one.logWeight, two.logWeight);
        State sample = Math.log(random.nextDouble()) < two.logWeight - both ? two.sample : one.sample;
        return right ? join(one, two, sample) : join(two, one, sample);
    }

    /** Joins two trees, and ends if the whole, or a part with the nearest state of the other, turns back. */
    private Tree join(Tree left, Tree right, State sample) {
        double[] rho = sum(left.rho, right.rho);
        boolean turns = turns(left.left, right.right, rho)
                || turns(left.left, right.left, sum(left.rho, right.left.p))
                || turns(left.right, right.right, sum(right.rho, left.right.p));
        return new Tree(left.left, right.right, rho, sample, logSum(left.logWeight, right.logWeight), turns);
    }

    private static boolean turns(State left, State right, double[] rho) {
        return !(dot(left.p, rho) > 0 && dot(right.p, rho) > 0);
    }

    private static double[] sum(double[] a, double[] b) {
        double[] sum = a.clone();
        for (int i = 0; i < a.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }

    private void adapt(double acceptance) {
        adapted++;
        gap += (AIM - acceptance - gap) / (adapted + 10);
        double logStep = center - Math.sqrt(adapted) / 0.05 * gap;
        double weight = Math.pow(adapted, -0.75);
        logMean += weight * (logStep - logMean);
        step = Math.exp(logStep);
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double logSum(double a, double b) {
        double most = Math.max(a, b);
        return most == Double.NEGATIVE_INFINITY ? most : most + Math.log(Math.exp(a - most) + Math.exp(b - most));
    }
}
