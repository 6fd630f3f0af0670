package io.scoreflux.logconcave;

/**
 * The point x+ at which a step linearises the gradient, and the resulting distribution q, with g = grad f(x+), the curvature
 * {@code A + c I}, mean and variances.
 *
 * <p>x+ approximates the minimum of {@code f(x) + |x - y|^2 / (2 eta)}. Newton steps with the modelled curvature search for it from the x+
 * of the previous step of the chain. One step is enough where A is accurate. If the next Newton step would be longer than a deviation, f is
 * steeper than A; then steps that overshoot the minimum in their direction are shortened. c is the curvature in excess of A along the last
 * step, from the gradients at its ends. This secant costs no gradient. All of this depends on y and the past only, so the distribution
 * stays exact. Not thread-safe.
 */
final class Linearisation {
    /** The largest number of steps. q is exact from any point, so it is not a failure if no point is near enough. */
    private static final int MOST = 50;
    /**
     * The largest length of the first step, in deviations in each direction. Each later step may be twice as long as the previous one.
     * Farther out a gradient may be infinite.
     */
    private static final double REACH = 6;
    /** The largest slope of opposite sign at the end of a step, relative to the slope at its start. */
    private static final double TURNED = 0.5;

    private static final double SHORTEST = 0.1;

    private final Geometry geometry;
    private final int d;
    private final double[] a;
    private final double[] point;
    private final double[] gradient;
    private final double[] from;
    private final double[] gradientFrom;
    private final double[] variance;
    private final double[] mean;
    private final double[] allowed;
    private final boolean secants;
    private double beyond;
    private int steps;
    private double eta;
    private final double[] y;
    private final double[] inside;

    Linearisation(Geometry geometry) {
        this.geometry = geometry;
        this.d = geometry.dimension();
        this.a = geometry.coordinates.curvature();
        this.point = new double[d];
        this.gradient = new double[d];
        this.from = new double[d];
        this.gradientFrom = new double[d];
        this.variance = new double[d];
        this.mean = new double[d];
        this.allowed = new double[d];
        this.y = new double[d];
        this.inside = new double[d];
        this.secants = geometry.secants();
    }

    /** Sets the point and its gradient, both in the coordinates of the chain. */
    void set(double[] at, double[] gradientThere) {
        System.arraycopy(at, 0, point, 0, d);
        System.arraycopy(gradientThere, 0, gradient, 0, d);
    }

    /**
     * Begins a step.
     *
     * @param towards y
     * @param state a point where h is finite
     */
    void begin(double[] towards, double[] state, double step) {
        System.arraycopy(towards, 0, y, 0, d);
        System.arraycopy(state, 0, inside, 0, d);
        eta = step;
        beyond = 0;
        steps = 0;
        move();
    }

    /** Takes the gradient at {@link #point}. Returns false if another gradient is needed, at the new {@link #point}. */
    boolean tell(double[] answers, int at) {
        geometry.coordinates.pullBack(answers, at, gradient);
        if (steps > 0 || secants) {
            learn();
        }
        linearise();
        if (steps == MOST || isNear()) {
            return true;
        }
        steps++;
        double before = along(from, gradientFrom);
        double after = along(point, gradient);
        if (before < 0 && after > -TURNED * before) {
            double part = Math.max(SHORTEST, before / (before - after));
            for (int i = 0; i < d; i++) {
                point[i] = from[i] + part * (point[i] - from[i]);
            }
        } else {
            learn();
            move();
        }
        return false;
    }

    /**
     * Halves the distance from a point with a non-finite gradient to one whose gradient is known. Returns false if the distance is already
     * too small.
     */
    boolean retreat() {
        double moved = 0;
        for (int i = 0; i < d; i++) {
            double nearer = from[i] + 0.5 * (point[i] - from[i]);
            moved = Math.max(moved, Math.abs(nearer - point[i]));
            point[i] = nearer;
        }
        return moved > 0;
    }

    /** Moves from the point whose gradient is known to the mean of q that follows from this gradient. */
    private void move() {
        System.arraycopy(point, 0, from, 0, d);
        System.arraycopy(gradient, 0, gradientFrom, 0, d);
        linearise();
        double far = Math.sqrt(distance(mean) / d) / Math.scalb(REACH, steps);
        double part = far > 1 ? 1 / far : 1;
        for (int i = 0; i < d; i++) {
            point[i] += part * (mean[i] - point[i]);
        }
        geometry.oracle.pull(point, inside, geometry.inward());
    }

    private void linearise() {
        for (int i = 0; i < d; i++) {
            double curvature = curvature(i);
            variance[i] = 1 / (1 / eta + curvature);
            mean[i] = y[i] - variance[i] * (gradient[i] + curvature * (y[i] - point[i]));
        }
    }

    private boolean isNear() {
        System.arraycopy(mean, 0, allowed, 0, d);
        geometry.oracle.pull(allowed, inside, geometry.inward());
        return distance(allowed) <= d;
    }

    /** Returns the squared distance from x+, in deviations of q. */
    private double distance(double[] to) {
        double sum = 0;
        for (int i = 0; i < d; i++) {
            sum += (to[i] - point[i]) * (to[i] - point[i]) / variance[i];
        }
        return sum;
    }

    /** Returns the slope of {@code f(x) + |x - y|^2 / (2 eta)} at a point, along the last step. */
    private double along(double[] at, double[] gradientThere) {
        double sum = 0;
        for (int i = 0; i < d; i++) {
            sum += (point[i] - from[i]) * (gradientThere[i] + (at[i] - y[i]) / eta);
        }
        return sum;
    }

    /** Computes c from the change of the gradient along the last step, minus the change that A predicts. */
    private void learn() {
        double change = 0;
        double squares = 0;
        for (int i = 0; i < d; i++) {
            double step = point[i] - from[i];
            change += step * (gradient[i] - gradientFrom[i] - a[i] * step);
            squares += step * step;
        }
        beyond = squares > 0 ? Math.max(0, change / squares) : 0;
    }

    /** Returns whether x+ is finite. */
    boolean isFinite() {
        for (double entry : point) {
            if (!Double.isFinite(entry)) {
                return false;
            }
        }
        return true;
    }

    /** Returns x+. */
    double[] point() {
        return point;
    }

    /** Returns the gradient at x+. */
    double[] gradient() {
        return gradient;
    }

    /** Returns the variances of q. */
    double[] variance() {
        return variance;
    }

    /** Returns the mean of q if q is normal. */
    double[] mean() {
        return mean;
    }

    /** Returns the linearised gradient minus the gradient at a point, for one axis. */
    double residual(int axis, double there, double at) {
        return gradient[axis] - there + curvature(axis) * (at - point[axis]);
    }

    private double curvature(int axis) {
        return a[axis] + beyond;
    }

    /** Returns c, the curvature in excess of A. */
    double beyond() {
        return beyond;
    }
}
