package io.scoreflux.logconcave;

import io.scoreflux.noise.NormalStream;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The indicator of a box. Each axis has an independent truncated normal distribution. */
final class Box implements ConvexTerm, Oracle {
    private final double[] lower;
    private final double[] upper;

    Box(double[] lower, double[] upper) {
        this.lower = lower;
        this.upper = upper;
    }

    @Override
    public int dimension() {
        return lower.length;
    }

    /** Returns the box in coordinates {@code u = (x - centre) / scale}. */
    Box in(double[] centre, double[] scale) {
        double[] low = new double[lower.length];
        double[] high = new double[lower.length];
        for (int i = 0; i < low.length; i++) {
            low[i] = (lower[i] - centre[i]) / scale[i];
            high[i] = (upper[i] - centre[i]) / scale[i];
        }
        return new Box(low, high);
    }

    @Override
    public void draw(double[] mean, double[] variance, NormalStream random, double[] out) {
        for (int i = 0; i < lower.length; i++) {
            double deviation = Math.sqrt(variance[i]);
            double low = (lower[i] - mean[i]) / deviation;
            double high = (upper[i] - mean[i]) / deviation;
            // If the mean is far outside, measure the draw from the bound: a sum with the mean would round it away.
            if (low > 0) {
                out[i] = lower[i] + deviation * TruncatedNormal.beyond(low, (upper[i] - lower[i]) / deviation, random);
            } else if (high < 0) {
                out[i] =
                        upper[i] - deviation * TruncatedNormal.beyond(-high, (upper[i] - lower[i]) / deviation, random);
            } else {
                TruncatedNormal.draw(low, high, random, out, i);
                out[i] = mean[i] + deviation * out[i];
            }
            // Rounding must not move the draw out of the box.
            out[i] = clamp(i, out[i]);
        }
    }

    private double clamp(int i, double value) {
        return Math.max(lower[i], Math.min(upper[i], value));
    }

    @Override
    public void pull(double[] point, double[] inside, double inward) {
        for (int i = 0; i < lower.length; i++) {
            double bound = clamp(i, point[i]);
            if (bound != point[i]) {
                point[i] = bound + inward * (inside[i] - bound);
            }
        }
    }

    @Override
    public void proximal(double[] point, double[] metric) {
        for (int i = 0; i < lower.length; i++) {
            point[i] = clamp(i, point[i]);
        }
    }

    /** Returns the inverse variance of the uniform distribution on the interval of the axis. */
    @Override
    public double precision(int axis) {
        double width = upper[axis] - lower[axis];
        return 12 / (width * width);
    }

    @Override
    public double room(double[] point, double[] direction) {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < lower.length; i++) {
            if (direction[i] != 0) {
                double bound = direction[i] > 0 ? upper[i] : lower[i];
                least = Math.min(least, Math.max(0, (bound - point[i]) / direction[i]));
            }
        }
        return least;
    }

    @Override
    public int planes() {
        return (int) IntStream.range(0, lower.length).filter(this::isBounded).count();
    }

    @Override
    public Walls walls(Metric metric) {
        int d = lower.length;
        int[] bounded = IntStream.range(0, d).filter(this::isBounded).toArray();
        double[] normals = new double[bounded.length * d];
        double[] from = new double[bounded.length];
        double[] to = new double[bounded.length];
        for (int k = 0; k < bounded.length; k++) {
            int axis = bounded[k];
            for (int j = metric.isFull() ? 0 : axis; j <= axis; j++) {
                normals[k * d + j] = metric.entry(axis, j);
            }
            from[k] = lower[axis] - metric.mean(axis);
            to[k] = upper[axis] - metric.mean(axis);
        }
        return Walls.of(d, normals, from, to);
    }

    private boolean isBounded(int axis) {
        return lower[axis] > Double.NEGATIVE_INFINITY || upper[axis] < Double.POSITIVE_INFINITY;
    }

    @Override
    public int origin() {
        return 31 * Arrays.hashCode(lower) + Arrays.hashCode(upper);
    }

    @Override
    public boolean allows(double[] point) {
        for (int i = 0; i < lower.length; i++) {
            if (!(point[i] >= lower[i] && point[i] <= upper[i])) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns the point nearest to 0 whose distance from all bounds is at least 1. If the bounds of an axis are closer than 2, it is their
     * middle.
     */
    @Override
    public double[] inside(int dimension) {
        double[] point = new double[dimension];
        for (int i = 0; i < dimension; i++) {
            double margin = Math.min(1, 0.5 * (upper[i] - lower[i]));
            point[i] = Math.max(lower[i] + margin, Math.min(upper[i] - margin, 0));
        }
        return point;
    }
}
