package io.scoreflux.logconcave;

import io.scoreflux.internal.Kernels;

/**
 * The planes that bound the region where h is finite, {@code lower_k <= normal_k . q <= upper_k}. A {@link Motion} is reflected at them.
 * Immutable.
 */
final class Walls {
    private final int d;
    private final double[] normals;
    private final double[] lower;
    private final double[] upper;
    /** The products of all pairs of normals. */
    private final double[] products;

    private Walls(int dimension, double[] normals, double[] lower, double[] upper) {
        this.d = dimension;
        this.normals = normals;
        this.lower = lower;
        this.upper = upper;
        int walls = lower.length;
        this.products = new double[walls * walls];
        for (int k = 0; k < walls; k++) {
            for (int j = 0; j <= k; j++) {
                double product = Kernels.dot(normals, k * d, normals, j * d, d);
                products[k * walls + j] = product;
                products[j * walls + k] = product;
            }
        }
    }

    /** Returns no walls. */
    static Walls none(int dimension) {
        return new Walls(dimension, new double[0], new double[0], new double[0]);
    }

    /** Returns walls with row-major normals. The arrays are owned by the walls from now on. */
    static Walls of(int dimension, double[] normals, double[] lower, double[] upper) {
        return new Walls(dimension, normals, lower, upper);
    }

    /** Returns the number of walls. */
    int count() {
        return lower.length;
    }

    /** Writes the product of each normal with a vector. */
    void components(double[] vector, double[] out) {
        for (int k = 0; k < lower.length; k++) {
            out[k] = Kernels.dot(normals, k * d, vector, 0, d);
        }
    }

    /** Adds a multiple of a normal to a vector. */
    void addNormal(int k, double factor, double[] vector) {
        Kernels.addScaled(vector, 0, factor, normals, k * d, d);
    }

    /** Returns the factor of the normal by which a reflection changes a momentum, from its component along the normal. */
    double impulse(int k, double speed) {
        return -2 * speed / products[k * lower.length + k];
    }

    /** Reflects the components of a momentum at a wall. */
    void reflect(int k, double impulse, double[] speeds) {
        double reflected = -speeds[k];
        Kernels.addScaled(speeds, 0, impulse, products, k * lower.length, lower.length);
        speeds[k] = reflected;
    }

    /**
     * Returns tan(t / 2) for the first time t in [0, pi) at which a motion reaches a wall from inside, or infinity.
     *
     * @param along the component of q
     * @param speed the component of p
     */
    double reaches(int k, double along, double speed) {
        return Math.min(crossing(along, speed, upper[k]), crossing(-along, -speed, -lower[k]));
    }

    /**
     * Returns tan(t / 2) for the first time at which {@code along cos t + speed sin t} comes to exceed the bound. It is a root of the
     * quadratic equation {@code (along + bound) x^2 - 2 speed x + bound - along = 0}, in the form without cancellation.
     */
    private static double crossing(double along, double speed, double bound) {
        double squares = speed * speed - (bound - along) * (bound + along);
        if (!(squares > 0)) {
            return Double.POSITIVE_INFINITY;
        }
        if (along >= bound && speed > 0) {
            // Rounding has put the point on the boundary or behind it.
            return 0;
        }
        double root = Math.sqrt(squares);
        double x = speed >= 0 ? (bound - along) / (speed + root) : (speed - root) / (along + bound);
        return x >= 0 ? x : Double.POSITIVE_INFINITY;
    }
}
