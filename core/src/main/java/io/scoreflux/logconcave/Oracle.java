package io.scoreflux.logconcave;

import io.scoreflux.noise.NormalStream;

/** A {@link ConvexTerm} at work in a chain's coordinates u, where Q is diagonal. Immutable. */
interface Oracle {

    /** Whether draws are normal: the term is none. */
    default boolean isNormal() {
        return false;
    }

    /** Whether h is infinite somewhere. */
    default boolean restricts() {
        return true;
    }

    /**
     * Draws from {@code exp(-h - sum_i (u_i - mean_i)^2 / (2 variance_i))}.
     *
     * @param out receives the draw; not {@code mean}
     */
    void draw(double[] mean, double[] variance, NormalStream random, double[] out);

    /**
     * Moves a point to where h is finite: to the boundary, or a part of the way from there to a point inside.
     *
     * @param inside where h is finite
     * @param inward how far from the boundary towards it, 0 to 1
     */
    void pull(double[] point, double[] inside, double inward);

    /**
     * Moves a point to where {@code h(v) + sum_i metric_i (v_i - point_i)^2 / 2} is least.
     *
     * @param metric positive
     */
    void proximal(double[] point, double[] metric);

    /** About the inverse variance that the term alone would give to an axis. */
    double precision(int axis);

    /** The derivative of h along an axis, at a point where h is finite, for a term that is a sum over the axes. */
    default double slope(int axis, double at) {
        return 0;
    }

    /** How far h is finite from a point along a direction, in units of the direction; at least 0. */
    default double room(double[] point, double[] direction) {
        return Double.POSITIVE_INFINITY;
    }

    /** What tells it from others, the same on every machine. */
    int origin();

    /** Whether h is finite at a point. */
    boolean allows(double[] point);

    /** A point where h is finite, not on the boundary of where it is. */
    double[] inside(int dimension);
}
