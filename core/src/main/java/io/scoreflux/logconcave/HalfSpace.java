package io.scoreflux.logconcave;

import io.scoreflux.internal.Kernels;
import io.scoreflux.noise.NormalStream;
import java.util.Arrays;

/** The indicator of a half-space: a truncated normal distribution along the normal vector, and a normal distribution across it. */
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

    /** Returns the half-space in the coordinates of a chain. */
    HalfSpace in(Coordinates coordinates) {
        double[] pulled = new double[normal.length];
        coordinates.pullBack(normal, 0, pulled);
        return new HalfSpace(pulled, offset - along(coordinates.centre()));
    }

    private double along(double[] point) {
        return Kernels.dot(normal, 0, point, 0, normal.length);
    }

    /**
     * Makes an unrestricted draw and replaces its part along the normal vector: if t = a.u has the variance a'Va, the rest moves by
     * {@code V a (t - t_free) / a'Va}.
     */
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
            // If the mean is far outside, measure the draw from the boundary: a sum with the mean would round it away.
            wanted = offset - deviation * TruncatedNormal.beyond((middle - offset) / deviation, random, out, 0);
        } else {
            TruncatedNormal.draw(Double.NEGATIVE_INFINITY, (offset - middle) / deviation, random, out, 0);
            wanted = middle + deviation * out[0];
        }
        NoTerm.normal(mean, variance, random, out);
        // The second shift corrects the rounding of the first.
        shift(out, variance, (wanted - along(out)) / across);
        shift(out, variance, (wanted - along(out)) / across);
        stayInside(out, variance, across);
    }

    private void shift(double[] point, double[] variance, double move) {
        for (int i = 0; i < normal.length; i++) {
            point[i] += variance[i] * normal[i] * move;
        }
    }

    /** Moves a point that rounding has put outside back inside, so that it is inside for any order of summation of a.u. */
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
    public int planes() {
        return 1;
    }

    @Override
    public Walls walls(Metric metric) {
        double[] pulled = new double[normal.length];
        double[] middle = new double[normal.length];
        metric.pullBack(normal, pulled, 0);
        metric.toU(middle.clone(), 0, middle);
        return Walls.of(
                normal.length, pulled, new double[] {Double.NEGATIVE_INFINITY}, new double[] {offset - along(middle)});
    }

    @Override
    public int origin() {
        return 31 * Arrays.hashCode(normal) + Double.hashCode(offset);
    }

    @Override
    public boolean allows(double[] point) {
        return along(point) <= offset;
    }

    /** Returns the point nearest to 0 whose distance from the boundary is at least 1. */
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
