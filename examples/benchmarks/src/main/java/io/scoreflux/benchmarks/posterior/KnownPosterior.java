package io.scoreflux.benchmarks.posterior;

import io.scoreflux.model.Covariance;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.model.GaussianMixture.Component;
import io.scoreflux.model.Observation;
import java.util.ArrayList;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * The posterior of a mixture given {@code y = A x + r n}: a mixture of the posteriors of its components.
 *
 * @param name the name in tables
 * @param components the mixture
 * @param a A, row by row
 * @param y the observed values
 * @param noise r
 * @param weights the posterior weights of the components
 * @param means their posterior means
 * @param precisions the inverses of their posterior covariances
 * @param mean the posterior mean
 * @param variance the posterior variance of each number
 * @param logEvidence ln p(y)
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record KnownPosterior(
        String name,
        List<Component> components,
        double[][] a,
        double[] y,
        double noise,
        double[] weights,
        double[][] means,
        DMatrixRMaj[] precisions,
        double[] mean,
        double[] variance,
        double logEvidence) {

    static KnownPosterior of(String name, List<Component> components, double[][] a, double[] y, double noise) {
        int d = a[0].length;
        int n = components.size();
        DMatrixRMaj matrix = new DMatrixRMaj(a);
        double[] logs = new double[n];
        double[][] means = new double[n][];
        DMatrixRMaj[] precisions = new DMatrixRMaj[n];
        double[][] variances = new double[n][d];
        double total = components.stream().mapToDouble(Component::weight).sum();
        for (int k = 0; k < n; k++) {
            Component component = components.get(k);
            DMatrixRMaj cross = new DMatrixRMaj(d, y.length);
            CommonOps_DDRM.multTransB(new DMatrixRMaj(component.covariance().toMatrix(d)), matrix, cross);
            DMatrixRMaj seen = CommonOps_DDRM.identity(y.length);
            CommonOps_DDRM.scale(noise * noise, seen);
            CommonOps_DDRM.multAdd(matrix, cross, seen);
            double determinant = CommonOps_DDRM.det(seen);
            CommonOps_DDRM.invert(seen);
            DMatrixRMaj residual = new DMatrixRMaj(y.length, 1, true, y);
            CommonOps_DDRM.multAdd(-1, matrix, column(component.mean()), residual);
            DMatrixRMaj solved = new DMatrixRMaj(y.length, 1);
            CommonOps_DDRM.mult(seen, residual, solved);
            DMatrixRMaj mean = column(component.mean());
            CommonOps_DDRM.multAdd(cross, solved, mean);
            means[k] = mean.getData();
            DMatrixRMaj gain = new DMatrixRMaj(d, y.length);
            CommonOps_DDRM.mult(cross, seen, gain);
            DMatrixRMaj posterior = new DMatrixRMaj(component.covariance().toMatrix(d));
            CommonOps_DDRM.multAddTransB(-1, gain, cross, posterior);
            for (int i = 0; i < d; i++) {
                variances[k][i] = posterior.get(i, i);
            }
            CommonOps_DDRM.invert(posterior);
            precisions[k] = posterior;
            logs[k] = StrictMath.log(component.weight() / total)
                    - 0.5
                            * (CommonOps_DDRM.dot(residual, solved)
                                    + StrictMath.log(determinant)
                                    + y.length * StrictMath.log(2 * Math.PI));
        }
        double evidence = logSum(logs);
        double[] weights = new double[n];
        double[] mean = new double[d];
        double[] variance = new double[d];
        for (int k = 0; k < n; k++) {
            weights[k] = StrictMath.exp(logs[k] - evidence);
            for (int i = 0; i < d; i++) {
                mean[i] += weights[k] * means[k][i];
                variance[i] += weights[k] * (variances[k][i] + means[k][i] * means[k][i]);
            }
        }
        for (int i = 0; i < d; i++) {
            variance[i] -= mean[i] * mean[i];
        }
        return new KnownPosterior(name, components, a, y, noise, weights, means, precisions, mean, variance, evidence);
    }

    private static double logSum(double[] logs) {
        double most = Double.NEGATIVE_INFINITY;
        for (double log : logs) {
            most = Math.max(most, log);
        }
        double sum = 0;
        for (double log : logs) {
            sum += StrictMath.exp(log - most);
        }
        return most + StrictMath.log(sum);
    }

    GaussianMixture denoiser() {
        return GaussianMixture.of(components);
    }

    Observation observation() {
        return Observation.linear(a, y, noise);
    }

    /** Returns the squared distance of x from the posterior mean of a component, in units of its posterior covariance. */
    double distance(int k, double[] x) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x.length; j++) {
                sum += (x[i] - means[k][i]) * precisions[k].get(i, j) * (x[j] - means[k][j]);
            }
        }
        return sum;
    }

    private static DMatrixRMaj column(double[] x) {
        return new DMatrixRMaj(x.length, 1, true, x.clone());
    }

    /** Returns the probabilities of the components given x; their posterior mean is {@link #weights}. */
    double[] responsibilities(double[] x) {
        int n = components.size();
        double[] logs = new double[n];
        for (int k = 0; k < n; k++) {
            Component component = components.get(k);
            logs[k] = StrictMath.log(component.weight());
            for (int i = 0; i < x.length; i++) {
                double offset = x[i] - component.mean()[i];
                double own = component.covariance().variance(i);
                logs[k] -= 0.5 * (offset * offset / own + StrictMath.log(own));
            }
        }
        double total = logSum(logs);
        for (int k = 0; k < n; k++) {
            logs[k] = StrictMath.exp(logs[k] - total);
        }
        return logs;
    }

    /** Returns axis-aligned components. */
    static List<Component> mixture(double[] weights, double[][] means, double[][] widths) {
        List<Component> components = new ArrayList<>();
        for (int k = 0; k < weights.length; k++) {
            components.add(new Component(weights[k], means[k], Covariance.diagonal(widths[k])));
        }
        return List.copyOf(components);
    }
}
