package io.scoreflux.logconcave;

import io.scoreflux.internal.Kernels;

/**
 * The motion {@code q'' = -q} in the region where h is finite: arcs {@code q cos t + p sin t} that are reflected at the boundary. The
 * boundary consists of planes, and the time at which an arc reaches one is known in closed form (Pakman and Paninski 2014, doi
 * 10.1080/10618600.2013.788448). Without boundary the motion is one arc. Not thread-safe.
 */
final class Walls {
    /** The largest number of reflections in one leap. Beyond it the leap has no end, and the move is rejected. */
    private static final int MOST = 1000;

    private final int d;
    private final double[] normals;
    private final double[] lower;
    private final double[] upper;
    private final double[] squares;
    private int reflections;

    /**
     * Creates the motion in a region {@code lower_k <= normal_k . q <= upper_k}.
     *
     * @param normals row-major; may be empty
     */
    Walls(int dimension, double[] normals, double[] lower, double[] upper) {
        this.d = dimension;
        this.normals = normals;
        this.lower = lower;
        this.upper = upper;
        this.squares = new double[lower.length];
        for (int k = 0; k < squares.length; k++) {
            squares[k] = Kernels.dot(normals, k * d, normals, k * d, d);
        }
    }

    /** Starts a leap. */
    void begin() {
        reflections = 0;
    }

    /** Returns whether the present leap has had too many reflections. */
    boolean isStuck() {
        return reflections > MOST;
    }

    /**
     * Moves along one arc, until the time has passed or the arc reaches the boundary, where the velocity is reflected.
     *
     * @return the time that has passed
     */
    double arc(double[] q, double[] p, double time) {
        double first = time;
        int wall = -1;
        for (int k = 0; k < squares.length; k++) {
            double along = Kernels.dot(normals, k * d, q, 0, d);
            double speed = Kernels.dot(normals, k * d, p, 0, d);
            double radius = Math.sqrt(along * along + speed * speed);
            double phase = StrictMath.atan2(speed, along);
            double above = crossing(along, speed, radius, phase, upper[k]);
            double below = crossing(-along, -speed, radius, phase + Math.PI, -lower[k]);
            double time1 = Math.min(above, below);
            if (time1 < first) {
                first = time1;
                wall = k;
            }
        }
        rotate(q, p, first, d);
        if (wall >= 0) {
            reflections++;
            double speed = Kernels.dot(normals, wall * d, p, 0, d);
            Kernels.addScaled(p, 0, -2 * speed / squares[wall], normals, wall * d, d);
        }
        return first;
    }

    /** Returns the time at which {@code radius cos(t - phase)} exceeds the bound. */
    private static double crossing(double along, double speed, double radius, double phase, double bound) {
        if (!(Math.abs(bound) < radius)) {
            return Double.POSITIVE_INFINITY;
        }
        if (along >= bound) {
            // Rounding has put the point on the boundary or behind it.
            if (speed > 0) {
                return 0;
            }
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

    /** Rotates (q, p) by an angle. */
    static void rotate(double[] q, double[] p, double angle, int d) {
        double cos = StrictMath.cos(angle);
        double sin = StrictMath.sin(angle);
        for (int i = 0; i < d; i++) {
            double was = q[i];
            q[i] = was * cos + p[i] * sin;
            p[i] = p[i] * cos - was * sin;
        }
    }
}
