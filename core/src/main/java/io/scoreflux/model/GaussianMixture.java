package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The exact denoiser of a mixture of Gaussians.
 *
 * <p>Let w_k be the weights, m_k the means, C_k the covariances, V_k = C_k + s^2 I, and mu_k = m_k + C_k V_k^-1 (z - m_k). Then
 * {@code D(z; s) = sum_k p_k mu_k}, where {@code p_k} is proportional to {@code w_k N(z; m_k, V_k)}, and
 * {@code div D = sum_k p_k (tr C_k V_k^-1 + |mu_k - D|^2 / s^2)}. The cost of one row is O(components x dimension), or O(components x
 * dimension^2) if covariances are full. Immutable and thread-safe.
 */
public final class GaussianMixture implements DivergenceDenoiser {
    private static final int SHOWN_COMPONENTS = 20;
    private static final int SHOWN_AXES = 4;

    /** The largest absolute value of a number of a mean. With it, squares of distances are finite. */
    private static final double MOST_MEAN = 1e150;

    private final int dimension;
    private final double[] logWeights;
    private final double[][] means;
    private final Covariance[] covariances;
    /** The eigenbases of full covariances; null for the other components. */
    private final @Nullable Eigenbasis[] bases;

    private final Moments moments;
    private final double smallestStd;

    /**
     * A Gaussian component of a mixture.
     *
     * @param weight positive; weights are divided by their sum
     * @param mean finite, at most 1e150 in absolute value
     * @param covariance isotropic, or of the same dimension as the mean
     */
    @SuppressWarnings("ArrayRecordComponent") // Compared by content.
    public record Component(double weight, double[] mean, Covariance covariance) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Component that
                    && Double.compare(weight, that.weight) == 0
                    && Arrays.equals(mean, that.mean)
                    && covariance.equals(that.covariance);
        }

        @Override
        public int hashCode() {
            return Objects.hash(weight, Arrays.hashCode(mean), covariance);
        }

        @Override
        public String toString() {
            return "Component[weight=" + weight + ", mean=" + Values.shown(mean) + ", covariance=" + covariance + "]";
        }
    }

    /**
     * Creates a mixture.
     *
     * @param components at least one, all of the same dimension; copied
     */
    public static GaussianMixture of(List<Component> components) {
        return new GaussianMixture(components);
    }

    /** Returns a builder for mixtures of the given dimension. */
    public static Builder builder(int dimension) {
        return new Builder(Require.atLeast("dimension", dimension, 1));
    }

    private GaussianMixture(List<Component> components) {
        int n = Require.entries("components", components.size(), 1);
        dimension = Require.atLeast("dimension", components.get(0).mean().length, 1);
        double[] weights = new double[n];
        logWeights = new double[n];
        means = new double[n][];
        covariances = new Covariance[n];
        bases = new Eigenbasis[n];
        for (int k = 0; k < n; k++) {
            Component component = components.get(k);
            checked(k, component, dimension);
            weights[k] = component.weight();
            means[k] = component.mean().clone();
            covariances[k] = component.covariance();
        }
        // Divide by the largest weight first, because the sum of large weights may overflow.
        double largest = Arrays.stream(weights).max().orElseThrow();
        double total = Arrays.stream(weights).map(weight -> weight / largest).sum();
        double least = Double.POSITIVE_INFINITY;
        for (int k = 0; k < n; k++) {
            weights[k] = weights[k] / largest / total;
            logWeights[k] = StrictMath.log(weights[k]);
            bases[k] = covariances[k] instanceof Covariance.Full full ? Eigenbasis.of(full.toMatrix(dimension)) : null;
            for (int i = 0; i < dimension; i++) {
                least = Math.min(least, eigenvalue(k, i));
            }
        }
        smallestStd = Math.sqrt(least);
        moments = Moments.ofMixture(weights, means, covariances);
    }

    private static Component checked(int k, Component component, int dimension) {
        String path = Require.element("components", k);
        Require.positive(path + ".weight", component.weight());
        double[] mean = Require.finiteRow(path + ".mean", component.mean(), dimension);
        for (int i = 0; i < dimension; i++) {
            if (Math.abs(mean[i]) > MOST_MEAN) {
                throw new InvalidArgumentException(
                        Require.element(path + ".mean", i),
                        "must be at most " + Violation.text(MOST_MEAN)
                                + " in absolute value, so that squares of distances are finite in double precision",
                        mean[i],
                        "scale the data");
            }
        }
        int own = component.covariance().dimension();
        if (own != 0 && own != dimension) {
            throw new InvalidArgumentException(
                    path + ".covariance", "must have dimension " + dimension + " like the means", own);
        }
        return component;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public Optional<Moments> moments() {
        return Optional.of(moments);
    }

    /** Returns the smallest standard deviation of any component in any direction. */
    public double smallestStd() {
        return smallestStd;
    }

    @Override
    public void denoise(Rows in, double[] out) {
        Scratch scratch = scratch();
        for (int row = 0; row < in.count(); row++) {
            denoiseRow(in, row, out, scratch);
        }
    }

    @Override
    public void denoise(Rows in, double[] out, double[] divergence) {
        Scratch scratch = scratch();
        double[] mean = new double[dimension];
        for (int row = 0; row < in.count(); row++) {
            denoiseRow(in, row, out, scratch);
            divergence[row] = divergence(in, row, out, scratch, mean);
        }
    }

    /** Returns div D of a row. {@link #denoiseRow} must have written D to {@code out}, and the state and the probabilities of components to {@code scratch}. */
    double divergence(Rows in, int row, double[] out, Scratch scratch, double[] mean) {
        double s2 = in.sigma(row) * in.sigma(row);
        double sum = 0;
        for (int k = 0; k < means.length; k++) {
            double p = scratch.logs[k];
            if (p == 0) {
                continue;
            }
            double trace = 0;
            for (int i = 0; i < dimension; i++) {
                trace += eigenvalue(k, i) / (eigenvalue(k, i) + s2);
            }
            Arrays.fill(mean, 0);
            addPosteriorMean(k, 1, scratch.state, s2, mean, scratch);
            sum += p * (trace + Kernels.squaredDistance(mean, 0, out, row * dimension, dimension) / s2);
        }
        return sum;
    }

    /** Creates arrays for the evaluation of rows of this mixture, or of another one with at most as many components. */
    Scratch scratch() {
        return new Scratch(means.length, dimension);
    }

    /** Arrays for the evaluation of one row. */
    static final class Scratch {
        private final double[] logs;
        private final double[] offset;
        private final double[] turned;
        private final double[] state;
        private final double[] sum;
        /** The last variance of an isotropic component with noise, and its logarithm. Components often have the same. */
        private double variance = 1;

        private double logOfVariance;

        private Scratch(int components, int dimension) {
            logs = new double[components];
            offset = new double[dimension];
            turned = new double[dimension];
            state = new double[dimension];
            sum = new double[dimension];
        }

        private double log(double newVariance) {
            if (newVariance != variance) {
                variance = newVariance;
                logOfVariance = StrictMath.log(newVariance);
            }
            return logOfVariance;
        }
    }

    /** Writes D of one row. */
    void denoiseRow(Rows in, int row, double[] out, Scratch scratch) {
        double[] z = scratch.state;
        System.arraycopy(in.values(), in.offset(row), z, 0, dimension);
        double s2 = in.sigma(row) * in.sigma(row);
        double[] logs = scratch.logs;
        for (int k = 0; k < means.length; k++) {
            logs[k] = logWeights[k] + logDensity(k, z, s2, scratch);
        }
        Softmax.inPlace(logs, means.length);
        double[] sum = scratch.sum;
        Arrays.fill(sum, 0);
        double ofState = 0;
        for (int k = 0; k < means.length; k++) {
            if (logs[k] == 0) {
                continue;
            }
            if (covariances[k] instanceof Covariance.Isotropic isotropic) {
                // m + C (C + s2 I)^-1 (z - m) = s2 / v m + C / v z with v = C + s2
                double v = isotropic.variance() + s2;
                Kernels.addScaled(sum, logs[k] * (s2 / v), means[k]);
                ofState += logs[k] * (isotropic.variance() / v);
            } else {
                addPosteriorMean(k, logs[k], z, s2, sum, scratch);
            }
        }
        if (ofState != 0) {
            Kernels.addScaled(sum, ofState, z);
        }
        System.arraycopy(sum, 0, out, row * dimension, dimension);
    }

    /** Returns the log-density of component k with added noise of variance s2, up to a constant common to all components. */
    private double logDensity(int k, double[] z, double s2, Scratch scratch) {
        if (covariances[k] instanceof Covariance.Isotropic isotropic) {
            double variance = isotropic.variance() + s2;
            double squares = Kernels.squaredDistance(z, 0, means[k], 0, dimension);
            return -0.5 * (squares / variance + dimension * scratch.log(variance));
        }
        double[] direction = intoEigenbasis(k, z, scratch);
        double sum = 0;
        for (int i = 0; i < dimension; i++) {
            double variance = eigenvalue(k, i) + s2;
            sum += direction[i] * direction[i] / variance + StrictMath.log(variance);
        }
        return -0.5 * sum;
    }

    /** Adds p (m_k + C_k (C_k + s2 I)^-1 (z - m_k)). */
    private void addPosteriorMean(int k, double p, double[] z, double s2, double[] out, Scratch scratch) {
        Kernels.addScaled(out, p, means[k]);
        double[] direction = intoEigenbasis(k, z, scratch);
        Eigenbasis basis = bases[k];
        for (int i = 0; i < dimension; i++) {
            double eigenvalue = eigenvalue(k, i);
            double scaled = p * (eigenvalue / (eigenvalue + s2)) * direction[i];
            if (basis == null) {
                out[i] += scaled;
            } else {
                Kernels.addScaled(out, 0, scaled, basis.vectors(), i * dimension, dimension);
            }
        }
    }

    private double eigenvalue(int k, int i) {
        Eigenbasis basis = bases[k];
        return basis == null ? covariances[k].variance(i) : basis.values()[i];
    }

    private double[] intoEigenbasis(int k, double[] z, Scratch scratch) {
        double[] offset = scratch.offset;
        double[] mean = means[k];
        for (int i = 0; i < dimension; i++) {
            offset[i] = z[i] - mean[i];
        }
        Eigenbasis basis = bases[k];
        if (basis == null) {
            return offset;
        }
        for (int i = 0; i < dimension; i++) {
            scratch.turned[i] = Kernels.dot(basis.vectors(), i * dimension, offset, 0, dimension);
        }
        return scratch.turned;
    }

    /** Returns a table of the components with weights, standard deviations of the numbers, and means. Long tables are cut. */
    @Override
    public String toString() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, "%-10s%-10s%s", "weight", "std", "mean"));
        for (int k = 0; k < Math.min(means.length, SHOWN_COMPONENTS); k++) {
            Covariance covariance = covariances[k];
            double[] mean = means[k];
            int axes = covariance instanceof Covariance.Isotropic ? 1 : dimension;
            lines.add(String.format(
                    Locale.ROOT,
                    "%-9.4g %-9s %s",
                    StrictMath.exp(logWeights[k]),
                    shown(axes, i -> Math.sqrt(covariance.variance(i))),
                    shown(dimension, i -> mean[i])));
        }
        if (means.length > SHOWN_COMPONENTS) {
            lines.add("and " + (means.length - SHOWN_COMPONENTS) + " more");
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static String shown(int count, IntToDoubleFunction value) {
        String numbers = IntStream.range(0, Math.min(count, SHOWN_AXES))
                .mapToObj(i -> String.format(Locale.ROOT, "%.4g", value.applyAsDouble(i)))
                .collect(Collectors.joining(" "));
        return count > SHOWN_AXES ? numbers + " ..." : numbers;
    }

    /** Collects components. Not thread-safe. */
    public static final class Builder {
        private final int dimension;
        private final List<Component> components = new ArrayList<>();

        private Builder(int dimension) {
            this.dimension = dimension;
        }

        /**
         * Adds a component with the same standard deviation in all directions.
         *
         * @param weight greater than 0; weights are divided by their sum
         * @param mean finite, of the mixture's dimension, in the data's units; copied
         * @param std greater than 0, in the data's units
         */
        public Builder component(double weight, double[] mean, double std) {
            return component(weight, mean, Covariance.isotropic(std));
        }

        /**
         * Adds a component.
         *
         * @param weight greater than 0; weights are divided by their sum
         * @param mean finite, of the mixture's dimension, in the data's units; copied
         * @param covariance of the same dimension, in squares of the data's units
         */
        public Builder component(double weight, double[] mean, Covariance covariance) {
            int k = components.size();
            components.add(checked(k, new Component(weight, mean.clone(), covariance), dimension));
            return this;
        }

        /** Builds the mixture. */
        public GaussianMixture build() {
            return of(components);
        }
    }
}
