package io.scoreflux.logconcave;

import io.scoreflux.noise.NormalStream;

/**
 * The path along which the weights of one step are computed. It begins at an independent draw x' of q and ends at the proposal x:
 * {@code gamma = c + sin(pi r / 2) (x - c) + cos(pi r / 2) (x' - c)} at a uniform r, with c near the mean of q. The weight is
 * {@code W = <gamma', g - grad f(gamma) + A (gamma - x+)>}.
 *
 * <p>If f is known only in the region where h is finite, the path is a straight line, which does not leave the region. A term of mean 0 is
 * then added to W: the mean slope of the gradient in excess of A, times {@code <gamma', gamma - c> - (|x - c|^2 - |x' - c|^2) / 2}. Without
 * it, W would grow as sqrt(d). The slope is estimated in burn-in. Not thread-safe.
 */
final class WeightPath {
    /** The weight of the newest value in the averages that determine the mean slope. */
    private static final double FRESH = 0.05;

    private final Geometry geometry;
    private final Linearisation linearisation;
    private final int d;
    private final boolean straight;
    private final double[] centre;
    private final double[] proposal;
    private final double[] other;
    private final double[] point;
    private final double[] velocity;
    private final double[] gradient;

    private double slope;
    private double slopeAbove;
    private double slopeBelow;

    // Sums over the coordinates of the last weight.
    private double weight;
    private double spread;
    private double turned;
    private double away;

    WeightPath(Geometry geometry, Linearisation linearisation) {
        this.geometry = geometry;
        this.linearisation = linearisation;
        this.d = geometry.dimension();
        this.straight = !geometry.everywhere;
        this.centre = new double[d];
        this.proposal = new double[d];
        this.other = new double[d];
        this.point = new double[d];
        this.velocity = new double[d];
        this.gradient = new double[d];
    }

    /** Begins a step with the q of the linearisation. {@code inside} is a point where h is finite. */
    void begin(double[] inside) {
        System.arraycopy(linearisation.mean(), 0, centre, 0, d);
        geometry.oracle.pull(centre, inside, 0);
    }

    /** Draws a proposal from q. */
    void propose(NormalStream random) {
        geometry.oracle.draw(linearisation.mean(), linearisation.variance(), random, proposal);
    }

    /** Returns the proposal, which is the end of the path. */
    double[] proposal() {
        return proposal;
    }

    /** Draws the beginning of the path, and the point for the next weight. */
    void draw(NormalStream random) {
        double r = random.uniform();
        geometry.oracle.draw(linearisation.mean(), linearisation.variance(), random, other);
        double angle = 0.5 * Math.PI * r;
        double to = straight ? r : StrictMath.sin(angle);
        double from = straight ? 1 - r : StrictMath.cos(angle);
        double faster = straight ? 1 : 0.5 * Math.PI * from;
        double slower = straight ? 1 : 0.5 * Math.PI * to;
        for (int i = 0; i < d; i++) {
            double end = proposal[i] - centre[i];
            double beginning = other[i] - centre[i];
            point[i] = centre[i] + to * end + from * beginning;
            velocity[i] = faster * end - slower * beginning;
        }
    }

    /** Returns gamma, the point where the next weight needs the gradient. */
    double[] point() {
        return point;
    }

    /** Returns the weight, from the gradient at {@link #point()}. */
    double weigh(double[] answers, int at) {
        geometry.coordinates.pullBack(answers, at, gradient);
        weight = 0;
        spread = 0;
        turned = 0;
        away = 0;
        for (int i = 0; i < d; i++) {
            double residual = linearisation.residual(i, gradient[i], point[i]);
            weight += velocity[i] * residual;
            spread += linearisation.variance()[i] * residual * residual;
            turned -= (point[i] - centre[i]) * residual;
            away += (point[i] - centre[i]) * (point[i] - centre[i]);
        }
        if (straight) {
            weight += (slope - linearisation.beyond()) * outOfPlace();
        }
        return weight;
    }

    /** Returns {@code <gamma', gamma - c> - (|x - c|^2 - |x' - c|^2) / 2}, which has the mean 0 over the path. */
    private double outOfPlace() {
        double sum = 0;
        for (int i = 0; i < d; i++) {
            double end = proposal[i] - centre[i];
            double beginning = other[i] - centre[i];
            sum += velocity[i] * (point[i] - centre[i]) - 0.5 * (end * end - beginning * beginning);
        }
        return sum;
    }

    /** Returns an estimate of the standard deviation of a weight, from the last one. */
    double deviation() {
        // The velocity is normal and independent of the residual, so its mean square is known.
        return geometry.oracle.isNormal() ? 0.5 * Math.PI * Math.sqrt(spread) : Math.abs(weight);
    }

    /** Returns the mean slope. */
    double slope() {
        return slope;
    }

    /** Sets the mean slope. */
    void slope(double value) {
        slope = value;
    }

    /** Starts the estimate of the mean slope with a first value and step size. */
    void beginSlope(double first, double eta) {
        slope = Math.max(0, first);
        slopeAbove = slope * d * eta;
        slopeBelow = d * eta;
    }

    /** Updates the estimate of the mean slope from the last weight. */
    void learnSlope() {
        slopeAbove += FRESH * (turned + linearisation.beyond() * away - slopeAbove);
        slopeBelow += FRESH * (away - slopeBelow);
    }

    /** Sets the mean slope to its estimate, if the path is straight. */
    void useLearntSlope() {
        if (straight) {
            slope = Math.max(0, slopeAbove / slopeBelow);
        }
    }
}
