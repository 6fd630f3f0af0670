package io.scoreflux.benchmarks.logconcave;

import io.scoreflux.logconcave.LogConcave;
import io.scoreflux.logconcave.Mode;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.decomposition.chol.CholeskyDecompositionInner_DDRM;

/** A density exp(-f) with the value of f, which Metropolis methods need. */
interface Density {
    /** The number of coordinates. */
    int dimension();

    /** The value of f. */
    double value(double[] x);

    /** The gradient of f. */
    double[] gradient(double[] x);

    /** The same density, given only by its gradient. */
    default LogConcave gradientOnly() {
        return LogConcave.rowwise(dimension(), (x, out) -> System.arraycopy(gradient(x), 0, out, 0, dimension()));
    }

    /** N(0, diag(variances)). */
    static Density normal(double... variances) {
        return new Density() {
            @Override
            public int dimension() {
                return variances.length;
            }

            @Override
            public double value(double[] x) {
                double sum = 0;
                for (int i = 0; i < x.length; i++) {
                    sum += 0.5 * x[i] * x[i] / variances[i];
                }
                return sum;
            }

            @Override
            public double[] gradient(double[] x) {
                double[] gradient = new double[x.length];
                for (int i = 0; i < x.length; i++) {
                    gradient[i] = x[i] / variances[i];
                }
                return gradient;
            }
        };
    }

    /** exp(-cosh x) in one dimension, which has steep tails. */
    static Density steep() {
        return new Density() {
            @Override
            public int dimension() {
                return 1;
            }

            @Override
            public double value(double[] x) {
                return Math.cosh(x[0]);
            }

            @Override
            public double[] gradient(double[] x) {
                return new double[] {Math.sinh(x[0])};
            }
        };
    }

    /** N(0, I). */
    static Density standardNormal(int dimension) {
        double[] ones = new double[dimension];
        Arrays.fill(ones, 1);
        return normal(ones);
    }

    /** A logistic regression with 200 rows, 10 random features, and the prior N(0, 1). */
    static Density logistic() {
        Random random = new Random(1);
        double[][] rows = new double[200][10];
        double[] answers = new double[200];
        for (int k = 0; k < rows.length; k++) {
            double eta = 0;
            for (int i = 0; i < 10; i++) {
                rows[k][i] = random.nextGaussian();
                eta += rows[k][i] * (i % 3 - 1);
            }
            answers[k] = random.nextDouble() < 1 / (1 + Math.exp(-eta)) ? 1 : 0;
        }
        return new Density() {
            @Override
            public int dimension() {
                return 10;
            }

            @Override
            public double value(double[] x) {
                double sum = 0;
                for (double entry : x) {
                    sum += 0.5 * entry * entry;
                }
                for (int k = 0; k < rows.length; k++) {
                    double eta = eta(k, x);
                    sum += Math.max(eta, 0) + Math.log1p(Math.exp(-Math.abs(eta))) - answers[k] * eta;
                }
                return sum;
            }

            @Override
            public double[] gradient(double[] x) {
                double[] gradient = x.clone();
                for (int k = 0; k < rows.length; k++) {
                    double residual = 1 / (1 + Math.exp(-eta(k, x))) - answers[k];
                    for (int i = 0; i < x.length; i++) {
                        gradient[i] += residual * rows[k][i];
                    }
                }
                return gradient;
            }

            private double eta(int k, double[] x) {
                double eta = 0;
                for (int i = 0; i < x.length; i++) {
                    eta += rows[k][i] * x[i];
                }
                return eta;
            }
        };
    }

    /** The density in coordinates u with x = mode + L^-T u, in which the Hessian L L' at the mode becomes I. */
    default Density whitened(Mode mode) {
        int d = dimension();
        CholeskyDecompositionInner_DDRM cholesky = new CholeskyDecompositionInner_DDRM(true);
        DMatrixRMaj hessian = new DMatrixRMaj(mode.hessian());
        if (!cholesky.decompose(hessian)) {
            throw new IllegalArgumentException("the Hessian must be positive definite");
        }
        DMatrixRMaj scale = cholesky.getT(null);
        CommonOps_DDRM.invert(scale);
        CommonOps_DDRM.transpose(scale);
        double[] point = mode.point();
        Density inner = this;
        return new Density() {
            @Override
            public int dimension() {
                return d;
            }

            @Override
            public double value(double[] u) {
                return inner.value(at(u));
            }

            @Override
            public double[] gradient(double[] u) {
                DMatrixRMaj pulled = new DMatrixRMaj(d, 1);
                CommonOps_DDRM.multTransA(scale, DMatrixRMaj.wrap(d, 1, inner.gradient(at(u))), pulled);
                return pulled.data;
            }

            private double[] at(double[] u) {
                DMatrixRMaj x = new DMatrixRMaj(d, 1);
                CommonOps_DDRM.mult(scale, DMatrixRMaj.wrap(d, 1, u.clone()), x);
                for (int i = 0; i < d; i++) {
                    x.data[i] += point[i];
                }
                return x.data;
            }
        };
    }

    /** A sampling method. */
    @FunctionalInterface
    interface Method {
        /** Runs one chain, passes its draws to the sink, and returns the number of gradients. */
        long run(Density density, double[] start, int draws, Random random, Consumer<double[]> sink);
    }
}
