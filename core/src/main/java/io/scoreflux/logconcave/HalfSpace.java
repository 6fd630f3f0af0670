package io.scoreflux.logconcave;

import io.scoreflux.internal.Kernels;
import io.scoreflux.noise.NormalStream;
import java.util.Arrays;

/** The indicator of a half-space: a truncated normal along the normal, a normal law across it. */
final class HalfSpace implements ConvexTerm, Oracle {
    private final double[] normal;
    private final double offset;
    private final double squares;
    private final double[] ones;

    HalfSpace(double[] normal, double offset) {
        this.normal = normal;
        this.offset = offset;
        this.squares = Kernels.dot(normal, 0, normal, 0, normal.length);
        this.ones = new double[normal.length];
        Arrays.fill(ones, 1);
    }

    @Override
    public int dimension() {
        return normal.length;
    }

    /** The half-space in a chain's coordinates. */
    HalfSpace in(Coordinates coordinates) {
        double[] pulled = new double[normal.length];
        coordinates.pullBack(normal, 0, pulled);
        return new HalfSpace(pulled, offset - along(coordinates.centre()));
    }

    private double along(double[] point) {
        return Kernels.dot(normal, 0, point, 0, normal.length);
    }

    /** A free draw, whose part along the normal is then replaced: with t = a.u of variance a'Va, the rest is V a (t - t_free) / a'Va. */
    @Override
    public void draw(double[] mean, double[] variance, NormalStream random, double[] out) {
        double across = 0;
        for (int i = 0; i < normal.length; i++) {
            across += normal[i] * normal[i] * variance[i];
        }
        double deviation = Math.sqrt(across);
        double middle = along(mean);
        double wanted;
        if (middle > offset) {
            // From a mean that is far outside, a draw is measured from the boundary: the sum of both would round it
            // away.
            wanted = offset - deviation * TruncatedNormal.beyond((middle - offset) / deviation, random, out, 0);
        } else {
            TruncatedNormal.draw(Double.NEGATIVE_INFINITY, (offset - middle) / deviation, random, out, 0);
            wanted = middle + deviation * out[0];
        }
        NoTerm.normal(mean, variance, random, out);
        // The second time for what the first has rounded.
        shift(out, variance, (wanted - along(out)) / across);
        shift(out, variance, (wanted - along(out)) / across);
        stayInside(out, variance, across);
    }

    private void shift(double[] point, double[] variance, double move) {
        for (int i = 0; i < normal.length; i++) {
            point[i] += variance[i] * normal[i] * move;
        }
    }

    /** Takes back what rounding has led out: inside in whatever order a.u is summed. */
    private void stayInside(double[] point, double[] variance, double across) {
        double size = Math.abs(offset);
        for (int i = 0; i < normal.length; i++) {
            size += Math.abs(normal[i] * point[i]);
        }
        double margin = normal.length * Math.ulp(size);
        for (double step = margin; along(point) > offset - margin; step *= 2) {
            shift(point, variance, (offset - margin - step - along(point)) / across);
        }
    }

    @Override
    public void pull(double[] point, double[] inside, double inward) {
        double beyond = along(point) - offset;
        if (beyond > 0) {
            for (int i = 0; i < normal.length; i++) {
                double bound = point[i] - beyond * normal[i] / squares;
                point[i] = bound + inward * (inside[i] - bound);
            }
            stayInside(point, ones, squares);
        }
    }

    @Override
    public void proximal(double[] point, double[] metric) {
        double beyond = along(point) - offset;
        if (beyond > 0) {
            double across = 0;
            for (int i = 0; i < normal.length; i++) {
                across += normal[i] * normal[i] / metric[i];
            }
            for (int i = 0; i < normal.length; i++) {
                point[i] -= beyond * normal[i] / metric[i] / across;
            }
        }
    }

    @Override
    public double precision(int axis) {
        return 0;
    }

    @Override
    public double room(double[] point, double[] direction) {
        double approach = along(direction);
        return approach > 0 ? Math.max(0, (offset - along(point)) / approach) : Double.POSITIVE_INFINITY;
    }

    @Override
    public int origin() {
        return 31 * Arrays.hashCode(normal) + Double.hashCode(offset);
    }

    @Override
    public boolean allows(double[] point) {
        return along(point) <= offset;
    }

    /** Nearest to 0, 1 from the boundary. */
    @Override
    public double[] inside(int dimension) {
        double[] point = new double[dimension];
        double depth = Math.min(0, offset / squares - 1 / Math.sqrt(squares));
        for (int i = 0; i < dimension; i++) {
            point[i] = depth * normal[i];
        }
        return point;
    }
}
