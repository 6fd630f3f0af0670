package io.scoreflux.logconcave;

/**
 * Where a step linearises the gradient, and the law q that follows: x+, g = grad f(x+), the curvature {@code A + c I}, mean and variances.
 *
 * <p>x+ is sought near the least point of {@code f(x) + |x - y|^2 / (2 eta)}, by steps of Newton with the modelled curvature from the last
 * step's x+. One is enough where A holds. Where it leads more than a deviation from where the next would, f is steeper than A: steps
 * that lead beyond the least point on their way are shortened. c is the curvature beyond A that the last step met, from the gradients at its
 * ends: a secant that costs nothing. All of it depends on y and the past alone, so that the law stays exact. Not thread-safe.
 */
final class Linearisation {
    /** Steps; q is exact from any point, so that a field in which none is near enough is no failure. */
    private static final int MOST = 50;
    /** Deviations in each direction that the first step may go, to where a gradient may be infinite; later ones twice as far each. */
    private static final double REACH = 6;
    /** The part of the slope along a step that may be left, of the other sign, at its end. */
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

    /** Takes a point and its gradient, both in the chain's coordinates. */
    void set(double[] at, double[] gradientThere) {
        System.arraycopy(at, 0, point, 0, d);
        System.arraycopy(gradientThere, 0, gradient, 0, d);
    }

    /**
     * Begins a step.
     *
     * @param towards y
     * @param state where h is finite
     */
    void begin(double[] towards, double[] state, double step) {
        System.arraycopy(towards, 0, y, 0, d);
        System.arraycopy(state, 0, inside, 0, d);
        eta = step;
        beyond = 0;
        steps = 0;
        move();
    }

    /** Takes the gradient at {@link #point}; false if another is needed, at the point that is then there. */
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
     * Halves the distance from a point with a non-finite gradient to one whose gradient is known; false if the distance is already too
     * small.
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

    /** Goes from where the gradient is known to where it says that the mean of q is. */
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

    /** From x+, squared, in deviations of q. */
    private double distance(double[] to) {
        double sum = 0;
        for (int i = 0; i < d; i++) {
            sum += (to[i] - point[i]) * (to[i] - point[i]) / variance[i];
        }
        return sum;
    }

    /** The slope of {@code f(x) + |x - y|^2 / (2 eta)} at a point, along the last step. */
    private double along(double[] at, double[] gradientThere) {
        double sum = 0;
        for (int i = 0; i < d; i++) {
            sum += (point[i] - from[i]) * (gradientThere[i] + (at[i] - y[i]) / eta);
        }
        return sum;
    }

    /** Of the last step: the change of the gradient along it, less what A says. */
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

    /** Whether there is such a point. */
    boolean isFinite() {
        for (double entry : point) {
            if (!Double.isFinite(entry)) {
                return false;
            }
        }
        return true;
    }

    /** x+. */
    double[] point() {
        return point;
    }

    /** At x+. */
    double[] gradient() {
        return gradient;
    }

    /** The variances of q. */
    double[] variance() {
        return variance;
    }

    /** The mean of q where it is normal. */
    double[] mean() {
        return mean;
    }

    /** Of an axis, what the gradient at a point is less than linearised. */
    double residual(int axis, double there, double at) {
        return gradient[axis] - there + curvature(axis) * (at - point[axis]);
    }

    private double curvature(int axis) {
        return a[axis] + beyond;
    }

    /** The curvature beyond A. */
    double beyond() {
        return beyond;
    }
}
