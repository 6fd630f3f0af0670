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
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One chain of the proximal sampler, as a machine that asks for gradients.
 *
 * <p>A step is a {@link ProximalStep} or a {@link HamiltonianMove}, or both.
 *
 * <p>Before its first step the chain probes the Jacobian of the gradient in four directions. The probe determines the first eta and detects
 * a field that is not a gradient. The random numbers of a step are a function of seed, chain and step. Not thread-safe.
 */
final class Chain implements Machine {
    /** The largest number of chains of one sampler. */
    public static final int MAX_CHAINS = 1 << 20;

    /** The largest number of steps of one chain. */
    public static final long MAX_STEPS = 1L << 40;

    /** The fraction of the distance to a point inside the region by which an initial state moves. */
    private static final double OFF = 1e-3;
    /**
     * The standard deviation of initial states around the centre, in deviations of the preconditioner. They are farther apart than draws,
     * so chains that agree have converged.
     */
    private static final double SPREAD = 2;
    /**
     * The largest {@code <u, grad f(u)> / d} at an initial state, if the curvature one deviation from the mode differs from that at the mode.
     * Its mean under the density is 1 for any f; at two standard deviations of a normal distribution it is 4.
     */
    private static final double STEEPEST_START = 10;
    /** The factor by which the distance of a too steep initial state from the mode is reduced. */
    private static final double APPROACH = 0.8;

    /**
     * With Hamiltonian moves, a proximal step is made for each of this number of moves. In burn-in, in which the length of proximal steps
     * adapts, a move is made for each of this number of proximal steps.
     */
    private static final int PERIOD = 4;

    private static final int MOST_APPROACHES = 4000;
    private static final MoveClipping NO_MOVES = new MoveClipping();

    private enum Phase {
        APPROACH,
        PROBE,
        STEP,
        MOVE
    }

    private final Geometry geometry;
    private final NoiseSource noise;
    private final int number;
    private final int d;
    private final ProximalStep proximal;
    private final @Nullable HamiltonianMove move;
    private final @Nullable MoveTuner tuner;

    // The state between steps.
    private final double[] u;
    private long step;

    // The current step.
    private Phase phase = Phase.PROBE;
    private NormalStream random = (out, at, n) -> {};
    private final double[] row;
    private @Nullable Probe probe;
    private int approaches;

    // The current draw.
    private @Nullable SolverState trajectory;
    private long target;
    private int origin;
    private long gradients;
    private long burnInGradients;
    private long asked;

    private Chain(Geometry geometry, NoiseSource noise, int number, @Nullable MoveTuner tuner) {
        this.geometry = geometry;
        this.noise = noise;
        this.number = number;
        this.tuner = tuner;
        this.d = geometry.dimension();
        this.proximal = new ProximalStep(geometry);
        this.u = new double[d];
        this.row = new double[d];
        Moves moves = tuner == null ? geometry.moves() : tuner.moves();
        this.move = moves == null ? null : new HamiltonianMove(geometry, moves);
    }

    /**
     * Creates a chain at its initial state.
     *
     * @param number the index of the chain, at least 0 and below 2^20
     * @param start the initial state in x, or null for a normal draw around the centre with twice the deviations of the preconditioner
     */
    public static Chain start(Geometry geometry, long seed, int number, double @Nullable [] start) {
        return start(geometry, seed, Require.within("chain", number, 0, MAX_CHAINS - 1), start, null);
    }

    /**
     * Creates a chain of a pilot at its initial state.
     *
     * @param number the index of the chain in the pilot; its random numbers are those of no other chain
     * @param tuner records all steps and sets the parameters of Hamiltonian moves
     */
    static Chain pilot(Geometry geometry, long seed, int number, MoveTuner tuner) {
        return start(geometry, seed, MAX_CHAINS + number, null, tuner);
    }

    private static Chain start(
            Geometry geometry, long seed, int number, double @Nullable [] start, @Nullable MoveTuner tuner) {
        Chain chain = new Chain(geometry, new NoiseSource(seed), number, tuner);
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
            // Move off the boundary: the probe cannot evaluate points beyond it.
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

    /** Creates a chain that continues from the state of a chain of the same geometry and seed. */
    public static Chain resume(Geometry geometry, long seed, ChainState state) {
        Chain chain = new Chain(
                geometry, new NoiseSource(seed), Require.within("chain", state.chain(), 0, MAX_CHAINS - 1), null);
        if (state.origin() != geometry.origin(seed)) {
            throw new InvalidArgumentException(
                    "state",
                    "must come from a sampler of the same target, term, seed and settings",
                    "that of chain " + state.chain() + " of another sampler",
                    "start a new stream with draws()");
        }
        System.arraycopy(Require.finiteRow("position", state.position(), chain.d), 0, chain.u, 0, chain.d);
        chain.proximal.resume(state);
        chain.step = state.step();
        chain.origin = state.origin();
        return chain;
    }

    /** Returns the solver of the next draw. The first draw includes the burn-in. Only one draw may be in progress at a time. */
    public PreparedSolver nextDraw() {
        return until(Math.max(step, geometry.settings.burnIn()) + geometry.settings.thinning());
    }

    /** Returns the solver of a number of steps. */
    PreparedSolver steps(int number) {
        return until(step + number);
    }

    private PreparedSolver until(long last) {
        return PreparedSolver.of(
                next -> {
                    target = last;
                    begin(next);
                    return this;
                },
                0,
                1);
    }

    private void begin(SolverState next) {
        trajectory = next;
        gradients = 0;
        burnInGradients = 0;
        countFromHere();
        if (probe == null) {
            beginStep();
        }
    }

    private void countFromHere() {
        proximal.countFromHere();
        if (move != null) {
            move.countFromHere();
        }
    }

    /** Returns the cost of the last draw. */
    public DrawStatistics statistics() {
        BernoulliFactory factory = proximal.factory();
        MoveClipping clipping = move == null ? NO_MOVES : move.clipping();
        return new DrawStatistics(
                step < geometry.settings.burnIn() ? 0 : proximal.steps(),
                gradients,
                burnInGradients,
                factory.proposals(),
                factory.flips() + clipping.weights(),
                factory.overflows() + clipping.overflows(),
                factory.clipping() + clipping.bound(),
                proximal.eta());
    }

    /** Returns the state of the chain between draws. */
    public ChainState state() {
        return new ChainState(
                number, origin, step, u, proximal.anchor(), proximal.gradient(), proximal.eta(), proximal.slope());
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
            case STEP -> append(append, proximal.asked());
            case MOVE -> append(append, moving().asked());
        }
        asked += rows;
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
                case STEP -> {
                    if (proximal.tell(answers, at)) {
                        stepped();
                    }
                }
                case MOVE -> moved(moving().tell(answers, at));
            }
            if (phase == Phase.STEP && !proximal.isFinite()) {
                fail(
                        Failure.Kind.NOT_CONVERGED,
                        Violation.of(
                                "the gradient",
                                "must be small enough for the next step",
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
            // f overflows at the initial state but not at the mode.
            approach();
            return true;
        }
        if (phase == Phase.STEP && proximal.retreat()) {
            return true;
        }
        if (phase == Phase.MOVE && !moving().isAtStart() && moving().isFarOut()) {
            moved(HamiltonianMove.Outcome.REJECTED);
            return true;
        }
        double[] x = new double[d];
        geometry.toX(
                switch (phase) {
                    case STEP -> proximal.asked();
                    case MOVE -> moving().asked();
                    case APPROACH, PROBE -> u;
                },
                x);
        int numbers = phase == Phase.PROBE ? (Probe.DIRECTIONS + 1) * d : d;
        String where = starting ? " at or close to the initial state" : " at";
        fail(Failure.Kind.NON_FINITE_ANSWER, InfiniteGradient.of(x, answers, at, numbers, where), null);
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

    /** Returns the place that failures of the chain name. */
    public String where() {
        return "chain " + number + ", step " + step;
    }

    /** Returns the number of coordinates. */
    public int dimension() {
        return d;
    }

    private void probed(double[] answers, int at) {
        Probe seen = Objects.requireNonNull(probe);
        double[] gradient = new double[d];
        seen.tell(geometry, answers, at, gradient);
        double limit = geometry.settings.asymmetryLimit();
        Violation refusal = seen.refusal(geometry);
        if (refusal != null) {
            fail(Failure.Kind.NOT_CONVERGED, refusal, null);
        } else if (seen.asymmetry() > limit && seen.isFine()) {
            // Rounding matters less between points that are farther apart.
            probe = seen.coarser();
        } else if (seen.asymmetry() > limit) {
            fail(Failure.Kind.NOT_CONVERGED, Asymmetry.of(seen.asymmetry(), limit), null);
        } else {
            proximal.start(seen, u, gradient);
            probe = null;
            beginStep();
        }
    }

    private void beginStep() {
        random = noise.normals(Purpose.CHAIN_STEP, number * MAX_STEPS + step);
        if (hasProximalStep()) {
            beginProximalStep();
        } else {
            beginMove();
        }
    }

    private boolean hasProximalStep() {
        return move == null || tuner != null || step < geometry.settings.burnIn() || step % PERIOD == 0;
    }

    private boolean hasMove() {
        return move != null && (tuner != null || step >= geometry.settings.burnIn() || step % PERIOD == 0);
    }

    private void beginProximalStep() {
        asked = 0;
        phase = Phase.STEP;
        proximal.begin(u, step, random);
    }

    private void stepped() {
        if (tuner != null) {
            tuner.stepped(u, proximal.end(), asked);
        }
        System.arraycopy(proximal.end(), 0, u, 0, d);
        if (hasMove()) {
            beginMove();
        } else {
            endStep();
        }
    }

    private HamiltonianMove moving() {
        return Objects.requireNonNull(move);
    }

    private void beginMove() {
        asked = 0;
        phase = Phase.MOVE;
        if (tuner != null) {
            moving().use(tuner.moves(), true);
        }
        // After a move, x+ is the present state.
        boolean isKnown = Arrays.equals(proximal.anchor(), u);
        moved(moving().begin(u, proximal.gradient(), isKnown, random));
    }

    private void moved(HamiltonianMove.Outcome outcome) {
        if (outcome == HamiltonianMove.Outcome.MORE) {
            return;
        }
        boolean accepted = outcome == HamiltonianMove.Outcome.ACCEPTED;
        if (tuner != null) {
            tuner.moved(moving(), u, moving().end(), accepted, asked);
        }
        if (accepted) {
            System.arraycopy(moving().end(), 0, u, 0, d);
        }
        proximal.anchor(u, accepted ? moving().endGradient() : moving().startGradient());
        endStep();
    }

    private void endStep() {
        step++;
        if (tuner != null) {
            tuner.drew(number - MAX_CHAINS, u);
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
