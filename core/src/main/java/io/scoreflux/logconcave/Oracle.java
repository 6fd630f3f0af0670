package io.scoreflux.logconcave;

import io.scoreflux.noise.NormalStream;

/** The operations of a {@link ConvexTerm} that need coordinates u in which Q is diagonal, such as those of a chain. Immutable. */
interface Oracle {

    /** Returns whether draws are normal, which holds if there is no term. */
    default boolean isNormal() {
        return false;
    }

    /** Returns whether h is infinite somewhere. */
    default boolean restricts() {
        return true;
    }

    /**
     * Draws from {@code exp(-h - sum_i (u_i - mean_i)^2 / (2 variance_i))}.
     *
     * @param out receives the draw; another array than {@code mean}
     */
    void draw(double[] mean, double[] variance, NormalStream random, double[] out);

    /**
     * Moves a point at which h is infinite to the boundary of the region where h is finite, or a part of the distance from the boundary to
     * a point inside.
     *
     * @param inside a point where h is finite
     * @param inward the fraction of the distance from the boundary to {@code inside}, 0 to 1
     */
    void pull(double[] point, double[] inside, double inward);

    /**
     * Moves a point to the minimum of {@code h(v) + sum_i metric_i (v_i - point_i)^2 / 2}.
     *
     * @param metric positive
     */
    void proximal(double[] point, double[] metric);

    /** Returns the approximate inverse variance that the term alone would give to an axis. */
    double precision(int axis);

    /** Returns h at a point where it is finite. */
    default double value(double[] point) {
        return 0;
    }

    /** Returns whether h is constant where it is finite. */
    default boolean isFlat() {
        return true;
    }

    /** Returns the number of planes that bound the region where h is finite, where the two planes of an axis count once. */
    default int planes() {
        return 0;
    }

    /** Returns the boundary of the region where h is finite, in the coordinates v of a metric. */
    default Walls walls(Metric metric) {
        return Walls.none(metric.dimension());
    }

    /** Returns the derivative of h along an axis, at a point where h is finite, for a term that is a sum over the axes. */
    default double slope(int axis, double at) {
        return 0;
    }

    /** Returns how far h is finite from a point along a direction, in units of the direction; at least 0. */
    default double room(double[] point, double[] direction) {
        return Double.POSITIVE_INFINITY;
    }

    /** Returns a hash that identifies the term and is the same on every machine. */
    int origin();

    /** Returns whether h is finite at a point. */
    boolean allows(double[] point);

    /** Returns a point in the interior of the region where h is finite. */
    double[] inside(int dimension);
}
