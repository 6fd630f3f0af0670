package io.scoreflux.logconcave;

import io.scoreflux.internal.Kernels;

/**
 * The motion {@code q'' = -q} in the region where h is finite: arcs {@code q cos t + p sin t} that are reflected at the boundary. The
 * boundary consists of planes, and the time at which an arc reaches one is known in closed form (Pakman and Paninski 2014, doi
 * 10.1080/10618600.2013.788448). Immutable.
 */
final class Walls {
    private final int d;
    private final int[] axes;
    private final double[] normals;
    private final double[] lower;
    private final double[] upper;

    private Walls(int dimension, int[] axes, double[] normals, double[] lower, double[] upper) {
        this.d = dimension;
        this.axes = axes;
        this.normals = normals;
        this.lower = lower;
        this.upper = upper;
    }

    /** Returns the motion without boundary, which is one arc. */
    static Walls none(int dimension) {
        return new Walls(dimension, new int[0], new double[0], new double[0], new double[0]);
    }

    /** Returns the motion in a region {@code lower_k <= normal_k . q <= upper_k}, with row-major normals. */
    static Walls of(int dimension, double[] normals, double[] lower, double[] upper) {
        return new Walls(dimension, new int[0], normals, lower, upper);
    }

    /** Returns the motion in a region {@code lower_k <= q_a <= upper_k} with the axis a of each k. */
    static Walls alongAxes(int dimension, int[] axes, double[] lower, double[] upper) {
        return new Walls(dimension, axes, new double[0], lower, upper);
    }

    /**
     * Moves along one arc, until the time has passed or the arc reaches the boundary, where the velocity is reflected.
     *
     * @return the time that has passed
     */
    double arc(double[] q, double[] p, double time) {
        double first = time;
        int wall = -1;
        for (int k = 0; k < lower.length; k++) {
            double along = component(k, q);
            double speed = component(k, p);
            double radius = Math.sqrt(along * along + speed * speed);
            if (radius > upper[k] || -radius < lower[k]) {
                double phase = StrictMath.atan2(speed, along);
                double above = crossing(along, speed, radius, phase, upper[k]);
                double below = crossing(-along, -speed, radius, phase + Math.PI, -lower[k]);
                double reached = Math.min(above, below);
                if (reached < first) {
                    first = reached;
                    wall = k;
                }
            }
        }
        rotate(q, p, first);
        if (wall >= 0) {
            reflect(wall, p);
        }
        return first;
    }

    private double component(int k, double[] vector) {
        return axes.length > 0 ? vector[axes[k]] : Kernels.dot(normals, k * d, vector, 0, d);
    }

    private void reflect(int k, double[] p) {
        if (axes.length > 0) {
            p[axes[k]] = -p[axes[k]];
        } else {
            double squares = Kernels.dot(normals, k * d, normals, k * d, d);
            Kernels.addScaled(p, 0, -2 * component(k, p) / squares, normals, k * d, d);
        }
    }

    /** Returns the time at which {@code radius cos(t - phase)} comes to exceed the bound. */
    private static double crossing(double along, double speed, double radius, double phase, double bound) {
        if (!(Math.abs(bound) < radius)) {
            return Double.POSITIVE_INFINITY;
        }
        if (along >= bound && speed > 0) {
            // Rounding has put the point on the boundary or behind it.
            return 0;
        }
        double time = phase - StrictMath.acos(bound / radius);
        while (time < 0) {
            time += 2 * Math.PI;
        }
        while (time >= 2 * Math.PI) {
            time -= 2 * Math.PI;
        }
        return time;
    }

    private void rotate(double[] q, double[] p, double angle) {
        double cos = StrictMath.cos(angle);
        double sin = StrictMath.sin(angle);
        for (int i = 0; i < d; i++) {
            double was = q[i];
            q[i] = was * cos + p[i] * sin;
            p[i] = p[i] * cos - was * sin;
        }
    }
}
