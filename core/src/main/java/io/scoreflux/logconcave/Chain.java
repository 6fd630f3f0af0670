package io.scoreflux.logconcave;

import io.scoreflux.error.Failure;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.reject.BernoulliFactory;
import io.scoreflux.internal.reject.RejectionException;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One chain of the proximal sampler, as a machine that asks for gradients.
 *
 * <p>A step goes from u to {@code y ~ N(u, eta I)}, and from there to a draw of {@code exp(-f(x) - h(x) - |x - y|^2 / (2 eta))} by a
 * Bernoulli factory. With any point x+, g = grad f(x+) and a modelled curvature A, the proposal is
 * {@code q ~ exp(-h(x) - (x - m)' Q (x - m) / 2)} with {@code Q = I / eta + A}, {@code m = y - Q^-1 (g + A (y - x+))}; the weights are those of
 * a {@link WeightPath}. All of this is in coordinates in which A is diagonal. A step takes one gradient for x+, and 2 (e^B - 1) for weights.
 * References: Chen, Chewi, Daskalakis and Rakhlin 2026, arXiv 2602.01338, section 5; Liu and Chewi 2026, arXiv 2605.12461.
 *
 * <p>Before its first step the chain probes the gradient's Jacobian in four directions, which gives the first eta and reveals a field that is
 * no gradient. The random numbers of a step are a function of seed, chain and step. Not thread-safe.
 */
final class Chain implements Machine {
    /** The largest number of chains of one sampler. */
    public static final int MOST = 1 << 20;

    /** The largest number of steps of one chain. */
    public static final long LONGEST = 1L << 40;

    /** The part of the way to a point inside the region by which an initial state is moved. */
    private static final double OFF = 1e-3;
    /** Initial states lie this many deviations from the centre: farther apart than draws, so that chains that agree have converged. */
    private static final double SPREAD = 2;
    /**
     * The largest {@code <u, grad f(u)> / d} at an initial state, if the curvature one deviation from the mode differs from that at the mode.
     * Its mean under the density is 1 for any f; at two standard deviations of a normal distribution it is 4.
     */
    private static final double STEEPEST_START = 10;
    /** The factor by which an initial state that is too steep approaches the mode. */
    private static final double APPROACH = 0.8;

    private static final int MOST_APPROACHES = 4000;
    /** The number of times that a step is halved if f overflows at its end. */
    private static final int MOST_RETREATS = 100;

    private enum Phase {
        APPROACH,
        PROBE,
        LINEARISE,
        WEIGH
    }

    private final Geometry geometry;
    private final NoiseSource noise;
    private final int number;
    private final int d;
    private final Linearisation linearisation;
    private final WeightPath path;
    private final StepSize size;

    // The chain from step to step.
    private final double[] u;
    private long step;

    // The present step.
    private Phase phase = Phase.PROBE;
    private NormalStream random = (out, at, n) -> {};
    private final double[] y;
    private final double[] row;
    private @Nullable Probe probe;
    private int approaches;
    private int retreats;

    // The present draw.
    private @Nullable SolverState trajectory;
    private long target;
    private int origin;
    private long gradients;
    private long burnInGradients;
    private BernoulliFactory factory;

    private Chain(Geometry geometry, NoiseSource noise, int number) {
        this.geometry = geometry;
        this.noise = noise;
        this.number = Require.within("chain", number, 0, MOST - 1);
        this.d = geometry.dimension();
        this.linearisation = new Linearisation(geometry);
        this.path = new WeightPath(geometry, linearisation);
        this.factory = new BernoulliFactory(geometry.settings.bound());
        this.size = new StepSize(geometry.settings, geometry.oracle.isNormal(), geometry.coordinates.curvature());
        this.u = new double[d];
        this.y = new double[d];
        this.row = new double[d];
    }

    /**
     * Creates a chain at its initial state.
     *
     * @param number of the chain, at least 0 and below 2^20
     * @param start the initial state in x, or null for two deviations of the preconditioner, in a random direction, around the centre
     */
    public static Chain start(Geometry geometry, long seed, int number, double @Nullable [] start) {
        Chain chain = new Chain(geometry, new NoiseSource(seed), number);
        chain.origin = geometry.origin(seed);
        NormalStream random = chain.noise.normals(Purpose.CHAIN_START, number);
        random.fill(chain.u, 0, chain.d);
        for (int i = 0; i < chain.d; i++) {
            chain.u[i] *= SPREAD;
        }
        if (start != null) {
            System.arraycopy(geometry.coordinates.toU(start), 0, chain.u, 0, chain.d);
        }
        if (geometry.oracle.restricts()) {
            double[] inside = geometry.oracle.inside(chain.d);
            geometry.oracle.pull(chain.u, inside, 0.5);
            // Off the boundary, beyond which there is nothing to probe.
            for (int i = 0; i < chain.d; i++) {
                chain.u[i] += OFF * (inside[i] - chain.u[i]);
            }
        }
        chain.probe = Probe.fine(chain.d, random);
        if (geometry.isScaleFound() && geometry.settings.burnIn() > 0) {
            chain.phase = Phase.APPROACH;
        }
        return chain;
    }

    /** Creates a chain that continues from the state of another of the same geometry and seed. */
    public static Chain resume(Geometry geometry, long seed, ChainState state) {
        Chain chain = new Chain(geometry, new NoiseSource(seed), state.chain());
        if (state.origin() != geometry.origin(seed)) {
            throw new InvalidArgumentException(
                    "state",
                    "must come from a sampler of the same target, term, seed and settings",
                    "that of chain " + state.chain() + " of another sampler",
                    "start anew with draws()");
        }
        System.arraycopy(Require.finiteRow("position", state.position(), chain.d), 0, chain.u, 0, chain.d);
        chain.linearisation.set(state.anchor(), state.gradient());
        chain.size.set(state.eta());
        chain.path.slope(state.slope());
        chain.step = state.step();
        chain.origin = state.origin();
        return chain;
    }

    /** The solver of the next draw, which begins with the burn-in if that has not been done. One draw at a time. */
    public PreparedSolver nextDraw() {
        return PreparedSolver.of(
                next -> {
                    begin(next);
                    return this;
                },
                0,
                1);
    }

    private void begin(SolverState next) {
        trajectory = next;
        ProximalSettings settings = geometry.settings;
        target = Math.max(step, settings.burnIn()) + settings.thinning();
        gradients = 0;
        burnInGradients = 0;
        countFromHere();
        if (probe == null) {
            beginStep();
        }
    }

    /** Begins new sums: a difference of sums would lose a draw beside a larger one. */
    private void countFromHere() {
        factory = new BernoulliFactory(geometry.settings.bound());
    }

    /** The cost of the last draw. */
    public DrawStatistics statistics() {
        return new DrawStatistics(
                Math.max(0, step - target + geometry.settings.thinning()),
                gradients,
                burnInGradients,
                factory.proposals(),
                factory.flips(),
                factory.overflows(),
                factory.clipping(),
                size.eta());
    }

    /** The state of the chain between draws. */
    public ChainState state() {
        return new ChainState(
                number, origin, step, u, linearisation.point(), linearisation.gradient(), size.eta(), path.slope());
    }

    @Override
    public void target(double sigma) {}

    @Override
    public boolean done() {
        return step == target;
    }

    @Override
    public int ask(Rows append) {
        int rows = 1;
        switch (phase) {
            case APPROACH -> append(append, u);
            case PROBE -> rows = Objects.requireNonNull(probe).ask(geometry, u, append);
            case LINEARISE -> append(append, linearisation.point());
            case WEIGH -> append(append, path.point());
        }
        if (step < geometry.settings.burnIn() || phase == Phase.PROBE || phase == Phase.APPROACH) {
            burnInGradients += rows;
        } else {
            gradients += rows;
        }
        return rows;
    }

    private void append(Rows append, double[] point) {
        geometry.toX(point, row);
        append.append(row, 0, 1);
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        int at = asked.offset(firstRow);
        try {
            switch (phase) {
                case APPROACH -> approached(answers, at);
                case PROBE -> probed(answers, at);
                case LINEARISE -> linearised(answers, at);
                case WEIGH -> weighed(answers, at);
            }
            if (phase == Phase.LINEARISE && !linearisation.isFinite()) {
                fail(
                        Failure.Kind.NOT_CONVERGED,
                        Violation.of(
                                "the gradient",
                                "must be small enough to go on with",
                                "too large",
                                "scale the {coordinates}"),
                        null);
            }
        } catch (RejectionException e) {
            fail(Failure.Kind.REJECTION, e.violation(), e);
        }
    }

    @Override
    public boolean tellNonFinite(Rows asked, double[] answers, int firstRow) {
        int at = asked.offset(firstRow);
        boolean starting = phase == Phase.APPROACH || phase == Phase.PROBE;
        if (starting && geometry.mode() != null && geometry.settings.burnIn() > 0 && approaches < MOST_APPROACHES) {
            // f overflows at the start but not at the mode.
            approach();
            return true;
        }
        if (phase == Phase.LINEARISE && ++retreats <= MOST_RETREATS && linearisation.retreat()) {
            return true;
        }
        double[] x = new double[d];
        geometry.toX(phase == Phase.WEIGH ? path.point() : phase == Phase.LINEARISE ? linearisation.point() : u, x);
        int numbers = phase == Phase.PROBE ? (Probe.DIRECTIONS + 1) * d : d;
        String where = starting ? " at or close to its start" : " at";
        fail(Failure.Kind.NON_FINITE_ANSWER, Overflow.of(x, answers, at, numbers, where), null);
        return true;
    }

    private void approached(double[] answers, int at) {
        geometry.coordinates.pullBack(answers, at, row);
        double slopes = Kernels.dot(u, 0, row, 0, d);
        if (!(slopes > STEEPEST_START * d)) {
            phase = Phase.PROBE;
        } else if (approaches >= MOST_APPROACHES) {
            fail(
                    Failure.Kind.NOT_CONVERGED,
                    Violation.of(
                            "the gradient", "must be moderate around the mode", "too steep", "scale the {coordinates}"),
                    null);
        } else {
            approach();
        }
    }

    private void approach() {
        approaches++;
        for (int i = 0; i < d; i++) {
            u[i] *= APPROACH;
        }
        phase = Phase.APPROACH;
    }

    private void fail(Failure.Kind kind, Violation violation, @Nullable Throwable cause) {
        Objects.requireNonNull(trajectory).fail(new Failure(kind, Double.NaN, where(), violation, cause));
    }

    /** The place of its failures. */
    public String where() {
        return "chain " + number + ", step " + step;
    }

    /** Numbers in a draw. */
    public int dimension() {
        return d;
    }

    private void probed(double[] answers, int at) {
        Probe seen = Objects.requireNonNull(probe);
        double[] gradient = new double[d];
        seen.tell(geometry, answers, at, gradient);
        double limit = geometry.settings.asymmetryLimit();
        if (!Double.isFinite(seen.residual())) {
            fail(
                    Failure.Kind.NOT_CONVERGED,
                    Violation.of(
                            "the gradient",
                            "must change moderately around the start",
                            "too steep",
                            "choose another {initialState}",
                            "scale the {coordinates}"),
                    null);
        } else if (seen.isStuck()) {
            fail(
                    Failure.Kind.NOT_CONVERGED,
                    Violation.of(
                            "the region around the start",
                            "must be wide enough for a step",
                            "too narrow",
                            "choose another {initialState}"),
                    null);
        } else if (seen.isConstant() && geometry.oracle.isNormal() && geometry.mode() == null) {
            fail(
                    Failure.Kind.NOT_CONVERGED,
                    Violation.of(
                            "the gradient",
                            "must change around the start, as nothing keeps the chain in place otherwise",
                            "constant",
                            "check the {gradient}"),
                    null);
        } else if (seen.asymmetry() > limit && seen.isFine()) {
            // Rounding matters less between points that lie farther apart.
            probe = seen.coarser();
        } else if (seen.asymmetry() > limit) {
            fail(Failure.Kind.NOT_CONVERGED, Asymmetry.of(seen.asymmetry(), limit), null);
        } else {
            size.begin(seen.residual());
            path.beginSlope(seen.slope(), size.eta());
            linearisation.set(u, gradient);
            probe = null;
            beginStep();
        }
    }

    private void beginStep() {
        random = noise.normals(Purpose.CHAIN_STEP, number * LONGEST + step);
        random.fill(y, 0, d);
        double eta = size.eta();
        double deviation = Math.sqrt(eta);
        for (int i = 0; i < d; i++) {
            y[i] = u[i] + deviation * y[i];
        }
        linearisation.begin(y, u, eta);
        retreats = 0;
        phase = Phase.LINEARISE;
    }

    private void linearised(double[] answers, int at) {
        if (!linearisation.tell(answers, at)) {
            return;
        }
        path.begin(u);
        factory.begin();
        propose();
    }

    private void propose() {
        path.propose(random);
        if (factory.propose(random)) {
            accept();
        } else {
            nextWeight();
        }
    }

    private void nextWeight() {
        path.draw(random);
        phase = Phase.WEIGH;
    }

    private void weighed(double[] answers, int at) {
        double weight = path.weigh(answers, at);
        if (step < geometry.settings.burnIn()) {
            size.saw(path.deviation(), step + 1);
            path.learnSlope();
        }
        switch (factory.flip(weight, random)) {
            case MORE -> nextWeight();
            case REJECTED -> propose();
            case ACCEPTED -> accept();
        }
    }

    private void accept() {
        System.arraycopy(path.proposal(), 0, u, 0, d);
        step++;
        size.end(step, linearisation.beyond());
        if (size.learns(step)) {
            path.useLearntSlope();
        }
        if (step == geometry.settings.burnIn()) {
            countFromHere();
        }
        if (step == target) {
            geometry.toX(u, Objects.requireNonNull(trajectory).z());
        } else {
            beginStep();
        }
    }
}
