package io.scoreflux.logconcave;

import io.scoreflux.noise.NormalStream;
import java.util.Arrays;
import org.apache.commons.numbers.gamma.Erfcx;

/** A weighted L1 norm around kinks. Each axis is a mixture of two truncated normal distributions. */
final class L1 implements ConvexTerm, Oracle {
    private static final double ROOT_HALF = Math.sqrt(0.5);
    /** The largest precision. A scale that is computed from it is not 0. */
    private static final double MOST_PRECISION = 1e300;

    private final double[] weights;
    private final double[] kinks;

    L1(double[] weights) {
        this(weights, new double[weights.length]);
    }

    private L1(double[] weights, double[] kinks) {
        this.weights = weights;
        this.kinks = kinks;
    }

    @Override
    public int dimension() {
        return weights.length;
    }

    /** Returns the norm in coordinates {@code u = (x - centre) / scale}. */
    L1 in(double[] centre, double[] scale) {
        double[] scaled = new double[weights.length];
        double[] moved = new double[weights.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = weights[i] * scale[i];
            moved[i] = (kinks[i] - centre[i]) / scale[i];
        }
        return new L1(scaled, moved);
    }

    @Override
    public boolean restricts() {
        return false;
    }

    /**
     * Draws from {@code exp(-w|v| - (v - mu)^2 / 2)}, in units of the deviation and with the kink at 0. Above 0 this is a normal
     * distribution around mu - w of mass {@code M(w - mu)}, below 0 one around mu + w of mass {@code M(w + mu)}, with Mills' ratio
     * {@code M(a) = sqrt(pi/2) erfcx(a/sqrt 2)}.
     */
    @Override
    public void draw(double[] mean, double[] variance, NormalStream random, double[] out) {
        for (int i = 0; i < weights.length; i++) {
            double deviation = Math.sqrt(variance[i]);
            double w = weights[i] * deviation;
            double mu = (mean[i] - kinks[i]) / deviation;
            // At most one of the two masses overflows, and the ratio is then still correct.
            double above = 1 / (1 + Erfcx.value((w + mu) * ROOT_HALF) / Erfcx.value((w - mu) * ROOT_HALF));
            if (random.uniform() < above) {
                out[i] = kinks[i] + deviation * TruncatedNormal.beyond(w - mu, random, out, i);
            } else {
                out[i] = kinks[i] - deviation * TruncatedNormal.beyond(w + mu, random, out, i);
            }
        }
    }

    @Override
    public void pull(double[] point, double[] inside, double inward) {}

    @Override
    public void proximal(double[] point, double[] metric) {
        for (int i = 0; i < weights.length; i++) {
            double from = point[i] - kinks[i];
            point[i] = kinks[i] + Math.copySign(Math.max(0, Math.abs(from) - weights[i] / metric[i]), from);
        }
    }

    /** Returns the inverse variance of the Laplace distribution. */
    @Override
    public double precision(int axis) {
        return Math.min(MOST_PRECISION, 0.5 * weights[axis] * weights[axis]);
    }

    @Override
    public double slope(int axis, double at) {
        return weights[axis] * Math.signum(at - kinks[axis]);
    }

    @Override
    public double value(double[] point) {
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i] * Math.abs(point[i] - kinks[i]);
        }
        return sum;
    }

    @Override
    public boolean isFlat() {
        return false;
    }

    @Override
    public int origin() {
        return 31 * Arrays.hashCode(weights) + Arrays.hashCode(kinks);
    }

    @Override
    public boolean allows(double[] point) {
        return true;
    }

    @Override
    public double[] inside(int dimension) {
        return new double[dimension];
    }
}
