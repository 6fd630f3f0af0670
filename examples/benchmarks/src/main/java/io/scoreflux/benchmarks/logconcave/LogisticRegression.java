package io.scoreflux.benchmarks.logconcave;

import io.scoreflux.logconcave.ConvexTerm;
import io.scoreflux.logconcave.LogConcave;
import java.util.Arrays;
import java.util.Random;

/**
 * A logistic regression with random data of which the posterior is skewed: features are correlated, and some of them are rare indicators
 * that separate the labels nearly or completely, so that only the prior bounds their coefficients.
 *
 * @param rows the features of each row, the first of which is 1
 * @param labels 0 or 1
 * @param deviation the standard deviation of the prior on each coefficient
 * @param laplace whether the prior is a Laplace distribution, otherwise it is normal
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record LogisticRegression(double[][] rows, double[] labels, double deviation, boolean laplace) {

    /** The settings of random data. */
    record Kind(
            String name, int dimension, int rows, double deviation, boolean laplace, double correlation, double rare) {}

    /** The kinds of the tables. */
    static final Kind[] KINDS = {
        new Kind("normal prior, d = 14", 14, 150, 10, false, 0.9, 0.08),
        new Kind("Laplace prior, d = 14", 14, 150, 10, true, 0.9, 0.08),
        new Kind("normal prior, d = 55", 55, 300, 5, false, 0.9, 0.08)
    };

    /** Draws data of a kind. */
    static LogisticRegression random(Kind kind, long seed) {
        Random random = new Random(seed);
        int d = kind.dimension();
        int factors = Math.max(2, d / 4);
        int indicators = Math.max(3, d / 8);
        double[][] loadings = new double[d][factors];
        double[] truth = new double[d];
        for (int i = 0; i < d; i++) {
            for (int k = 0; k < factors; k++) {
                loadings[i][k] = random.nextGaussian() * Math.sqrt(kind.correlation() / factors);
            }
            truth[i] = (d < 20 ? 1.5 : 0.8) * random.nextGaussian();
            if (i > 0 && i <= indicators) {
                truth[i] = i % 2 == 0 ? -12 : 12;
            }
        }
        double[][] rows = new double[kind.rows()][d];
        double[] labels = new double[kind.rows()];
        for (int n = 0; n < rows.length; n++) {
            double[] common = new double[factors];
            for (int k = 0; k < factors; k++) {
                common[k] = random.nextGaussian();
            }
            double predictor = 0;
            for (int i = 0; i < d; i++) {
                double own = Math.sqrt(1 - kind.correlation()) * random.nextGaussian();
                for (int k = 0; k < factors; k++) {
                    own += loadings[i][k] * common[k];
                }
                rows[n][i] = i == 0 ? 1 : i <= indicators ? (random.nextDouble() < kind.rare() ? 1 : 0) : own;
                predictor += rows[n][i] * truth[i];
            }
            labels[n] = random.nextDouble() < 1 / (1 + Math.exp(-predictor)) ? 1 : 0;
        }
        return new LogisticRegression(rows, labels, kind.deviation(), kind.laplace());
    }

    int dimension() {
        return rows[0].length;
    }

    /** Returns the weight of the L1 norm. */
    private double weight() {
        return laplace ? Math.sqrt(2) / deviation : 0;
    }

    private double precision() {
        return laplace ? 0 : 1 / (deviation * deviation);
    }

    private double predictor(int n, double[] x) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += rows[n][i] * x[i];
        }
        return sum;
    }

    private void gradient(double[] x, double[] out) {
        double[] sum = x.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] *= precision();
        }
        for (int n = 0; n < rows.length; n++) {
            double residual = 1 / (1 + Math.exp(-predictor(n, x))) - labels[n];
            for (int i = 0; i < x.length; i++) {
                sum[i] += residual * rows[n][i];
            }
        }
        System.arraycopy(sum, 0, out, 0, sum.length);
    }

    /** Returns the gradient of f, which does not contain a Laplace prior. */
    LogConcave smooth() {
        return LogConcave.rowwise(dimension(), this::gradient);
    }

    /** Returns the Laplace prior as a term, or none. */
    ConvexTerm term() {
        if (!laplace) {
            return ConvexTerm.none();
        }
        double[] weights = new double[dimension()];
        Arrays.fill(weights, weight());
        return ConvexTerm.l1(weights);
    }

    /** Returns the whole density, with the kinks of a Laplace prior. */
    Density density() {
        return new Density() {
            @Override
            public int dimension() {
                return LogisticRegression.this.dimension();
            }

            @Override
            public double value(double[] x) {
                double sum = 0;
                for (double entry : x) {
                    sum += 0.5 * precision() * entry * entry + weight() * Math.abs(entry);
                }
                for (int n = 0; n < rows.length; n++) {
                    double eta = predictor(n, x);
                    sum += Math.max(eta, 0) + Math.log1p(Math.exp(-Math.abs(eta))) - labels[n] * eta;
                }
                return sum;
            }

            @Override
            public double[] gradient(double[] x) {
                double[] out = new double[x.length];
                LogisticRegression.this.gradient(x, out);
                for (int i = 0; i < out.length; i++) {
                    out[i] += weight() * Math.signum(x[i]);
                }
                return out;
            }
        };
    }
}
