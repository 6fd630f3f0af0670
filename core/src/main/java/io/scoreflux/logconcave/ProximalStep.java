package io.scoreflux.logconcave;

import io.scoreflux.internal.reject.BernoulliFactory;
import io.scoreflux.noise.NormalStream;

/**
 * A step of the proximal sampler, from u to {@code y ~ N(u, eta I)}, and from y to a draw of {@code exp(-f(x) - h(x) - |x - y|^2 / (2 eta))}
 * by a Bernoulli factory. With any point x+, g = grad f(x+) and a modelled curvature A, the proposal is
 * {@code q ~ exp(-h(x) - (x - m)' Q (x - m) / 2)} with {@code Q = I / eta + A}, {@code m = y - Q^-1 (g + A (y - x+))}. The weights are those
 * of a {@link WeightPath}. All coordinates are those in which A is diagonal. A step takes one gradient at x+, and on average 2 (e^B - 1)
 * gradients for weights. References: Chen, Chewi, Daskalakis and Rakhlin 2026, arXiv 2602.01338, section 5; Liu and Chewi 2026, arXiv
 * 2605.12461. Not thread-safe.
 */
final class ProximalStep {
    /** The largest number of times that a step is halved if f overflows at its end. */
    private static final int MOST_RETREATS = 100;

    private final Geometry geometry;
    private final int d;
    private final Linearisation linearisation;
    private final WeightPath path;
    private final StepSize size;
    private BernoulliFactory factory;
    private NormalStream random = (out, at, n) -> {};
    private final double[] from;
    private final double[] y;
    private boolean isWeighing;
    private boolean isInBurnIn;
    private long step;
    private int retreats;
    private long steps;

    ProximalStep(Geometry geometry) {
        this.geometry = geometry;
        this.d = geometry.dimension();
        this.linearisation = new Linearisation(geometry);
        this.path = new WeightPath(geometry, linearisation);
        this.size = new StepSize(geometry.settings, geometry.oracle.isNormal(), geometry.coordinates.curvature());
        this.factory = new BernoulliFactory(geometry.settings.bound());
        this.from = new double[d];
        this.y = new double[d];
    }

    /** Starts new statistics. A difference of totals would lose a small value next to a much larger one. */
    void countFromHere() {
        factory = new BernoulliFactory(geometry.settings.bound());
        steps = 0;
    }

    /** Starts from the results of the probe at the initial state. */
    void start(Probe probe, double[] at, double[] gradient) {
        size.begin(probe.residual());
        path.beginSlope(probe.slope(), size.eta());
        linearisation.set(at, gradient);
    }

    /** Continues from a saved state. */
    void resume(ChainState state) {
        linearisation.set(state.anchor(), state.gradient());
        size.set(state.eta());
        path.slope(state.slope());
    }

    /**
     * Begins a step.
     *
     * @param index the index of the step in its chain, from 0
     */
    void begin(double[] u, long index, NormalStream numbers) {
        random = numbers;
        step = index;
        isInBurnIn = index < geometry.settings.burnIn();
        System.arraycopy(u, 0, from, 0, d);
        random.fill(y, 0, d);
        double eta = size.eta();
        double deviation = Math.sqrt(eta);
        for (int i = 0; i < d; i++) {
            y[i] = u[i] + deviation * y[i];
        }
        linearisation.begin(y, u, eta);
        retreats = 0;
        isWeighing = false;
    }

    /** Returns the point in u at which the gradient is needed. */
    double[] asked() {
        return isWeighing ? path.point() : linearisation.point();
    }

    /** Takes the gradient at {@link #asked}. Returns whether the step has ended, at {@link #end}. */
    boolean tell(double[] answers, int at) {
        if (!isWeighing) {
            if (!linearisation.tell(answers, at)) {
                return false;
            }
            path.begin(from);
            factory.begin();
            isWeighing = true;
            return propose();
        }
        double weight = path.weigh(answers, at);
        if (isInBurnIn) {
            size.saw(path.deviation(), step + 1);
            path.learnSlope();
        }
        return switch (factory.flip(weight, random)) {
            case MORE -> {
                path.draw(random);
                yield false;
            }
            case REJECTED -> propose();
            case ACCEPTED -> accept();
        };
    }

    private boolean propose() {
        path.propose(random);
        if (factory.propose(random)) {
            return accept();
        }
        path.draw(random);
        return false;
    }

    private boolean accept() {
        steps++;
        size.end(step + 1, linearisation.beyond());
        if (size.learns(step + 1)) {
            path.useLearntSlope();
        }
        return true;
    }

    /** Moves back from a point of linearisation where f overflows. Returns false if that is not possible. */
    boolean retreat() {
        return !isWeighing && ++retreats <= MOST_RETREATS && linearisation.retreat();
    }

    /** Returns whether the point of linearisation is finite. */
    boolean isFinite() {
        return linearisation.isFinite();
    }

    /** Returns the state at the end of the step. */
    double[] end() {
        return path.proposal();
    }

    /** Returns the point of the last linearisation, or the one that was set since. */
    double[] anchor() {
        return linearisation.point();
    }

    /** Returns the gradient at the anchor. */
    double[] gradient() {
        return linearisation.gradient();
    }

    /** Sets the anchor and the gradient there. */
    void anchor(double[] at, double[] gradientThere) {
        linearisation.set(at, gradientThere);
    }

    double eta() {
        return size.eta();
    }

    /** Returns the mean slope of the gradient in excess of A. */
    double slope() {
        return path.slope();
    }

    /** Returns the number of steps since {@link #countFromHere}. */
    long steps() {
        return steps;
    }

    /** Returns the factory, with the statistics since {@link #countFromHere}. */
    BernoulliFactory factory() {
        return factory;
    }
}
