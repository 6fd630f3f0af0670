package io.scoreflux.logconcave;

import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;
import io.scoreflux.reject.ForsCoin;
import io.scoreflux.reject.RejectionException;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Failure;
import io.scoreflux.state.Kernels;
import io.scoreflux.state.Require;
import io.scoreflux.state.Rows;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One chain of the proximal sampler, as a machine that asks for gradients and is told them.
 *
 * <p>A step goes from u to {@code y ~ N(u, eta I)}, and from there to a draw of
 * {@code exp(-f(x) - h(x) - |x - y|^2 / (2 eta))} by the coin: with any point x+, g = grad f(x+) and a modelled curvature A, the proposal is
 * {@code q ~ exp(-h(x) - (x - m)' Q (x - m) / 2)} with {@code Q = I / eta + A}, {@code m = y - Q^-1 (g + A (y - x+))}; a weight is
 * {@code W = <gamma', g - grad f(gamma) + A (gamma - x+)>} at a random place of a path that ends in x and begins in a fresh draw x' of q.
 * Path: {@code gamma = c + sin(pi r / 2) (x - c) + cos(pi r / 2) (x' - c)}; where f is known on h's region alone a straight line, with the
 * mean slope of the gradient taken out. All of this in coordinates in which A is diagonal. One gradient for x+, and 2 (e^B - 1) for
 * weights. References: Chen, Chewi, Daskalakis and Rakhlin 2026, arXiv 2602.01338, section 5; Liu and Chewi 2026, arXiv 2605.12461.
 *
 * <p>Before its first step it probes the gradient's Jacobian in four directions: for the first eta, and to see a field that is no
 * gradient. The random numbers of a step are a function of seed, chain and step. Not thread-safe.
 */
public final class Chain implements Machine {
    /** Chains of one sampler. */
    public static final int MOST = 1 << 20;

    /** Steps of one chain. */
    public static final long LONGEST = 1L << 40;

    private static final int PROBES = 4;
    private static final double PROBE_LENGTH = 1e-4;
    /** The part of the way to a point inside that a start is moved. */
    private static final double OFF = 1e-3;
    /** Starts lie so many deviations from the centre: farther apart than draws, so that chains that agree have converged. */
    private static final double SPREAD = 2;
    /** Times the inverse of the largest modelled curvature: beyond this a draw hardly depends on the one before. */
    private static final double LONGEST_STEP = 10;
    /** The longest step where no curvature is modelled, in squares of the preconditioner's deviations. */
    private static final double LONGEST_BLIND_STEP = 1e6;
    /** How much a weight beyond the bound counts in adaptation, in mean squares. */
    private static final double TAIL = 10;
    /** How much of an average the newest number is, in the estimate of the mean slope. */
    private static final double FRESH = 0.05;

    private enum Phase {
        PROBE,
        LINEARISE,
        WEIGH
    }

    private final Geometry geometry;
    private final NoiseSource noise;
    private final int number;
    private final int d;
    private final double[] a;
    private final ForsCoin coin;
    private final double aim;
    private final double normalOverflow;
    private final double longest;
    private final boolean straight;

    // What lives from step to step.
    private final double[] u;
    private final double[] anchor;
    private final double[] gradient;
    private double eta;
    private double slope;
    private long step;

    // Adaptation, in burn-in.
    private double logSteps;
    private int logStepsCount;
    private double squares;
    private int weighed;
    private long overflowsBeforeStep;
    private double slopeAbove;
    private double slopeBelow;

    // The present step.
    private Phase phase = Phase.PROBE;
    private NormalStream random = (out, at, n) -> {};
    private double r;
    private final double[] y;
    private final double[] variance;
    private final double[] mean;
    private final double[] centre;
    private final double[] proposal;
    private final double[] other;
    private final double[] gamma;
    private final double[] velocity;
    private final double[] row;
    private final double[] pulled;
    private double[] probes = new double[0];

    // The present draw.
    private @Nullable Trajectory trajectory;
    private long target;
    private long gradients;
    private long burnInGradients;
    private long proposalsBefore;
    private long weightsBefore;
    private long overflowsBefore;
    private double clippingBefore;

    private Chain(Geometry geometry, NoiseSource noise, int number) {
        this.geometry = geometry;
        this.noise = noise;
        this.number = Require.within("chain", number, 0, MOST - 1);
        this.d = geometry.dimension();
        this.a = geometry.coordinates.curvature();
        ProximalSettings settings = geometry.settings;
        this.coin = new ForsCoin(settings.bound());
        this.aim = 0.5 * Math.PI * settings.bound() / settings.safety();
        this.normalOverflow = beyond(settings.bound() / aim);
        double most = 0;
        for (double entry : a) {
            most = Math.max(most, entry);
        }
        this.longest = most > 0 ? LONGEST_STEP / most : LONGEST_BLIND_STEP;
        this.straight = !geometry.everywhere;
        this.u = new double[d];
        this.anchor = new double[d];
        this.gradient = new double[d];
        this.y = new double[d];
        this.variance = new double[d];
        this.mean = new double[d];
        this.centre = new double[d];
        this.proposal = new double[d];
        this.other = new double[d];
        this.gamma = new double[d];
        this.velocity = new double[d];
        this.row = new double[d];
        this.pulled = new double[d];
    }

    /**
     * A chain at its start.
     *
     * @param number the chain's, at least 0 and below 2^20
     * @param start where, in x, or null for two deviations of the preconditioner, in a random direction, around the centre
     */
    public static Chain start(Geometry geometry, long seed, int number, double @Nullable [] start) {
        Chain chain = new Chain(geometry, new NoiseSource(seed), number);
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
        chain.probes = new double[PROBES * chain.d];
        random.fill(chain.probes, 0, PROBES * chain.d);
        return chain;
    }

    /** About the part of the standard normal law beyond t on both sides (Birnbaum 1942, doi 10.1214/aoms/1177731611). */
    private static double beyond(double t) {
        return 4 * StrictMath.exp(-0.5 * t * t) / (Math.sqrt(2 * Math.PI) * (t + Math.sqrt(t * t + 4)));
    }

    /** A chain that goes on from where another of the same geometry and seed stood. */
    public static Chain resume(Geometry geometry, long seed, ChainState state) {
        Chain chain = new Chain(geometry, new NoiseSource(seed), state.chain());
        System.arraycopy(Require.finiteRow("position", state.position(), chain.d), 0, chain.u, 0, chain.d);
        System.arraycopy(state.anchor(), 0, chain.anchor, 0, chain.d);
        System.arraycopy(state.gradient(), 0, chain.gradient, 0, chain.d);
        chain.eta = state.eta();
        chain.slope = state.slope();
        chain.step = state.step();
        return chain;
    }

    /** The solver of the next draw: burn-in first, where it has not been. One draw at a time. */
    public PreparedSolver nextDraw() {
        return new PreparedSolver() {
            @Override
            public Machine start(Trajectory next) {
                begin(next);
                return Chain.this;
            }

            @Override
            public double[] landings() {
                return new double[0];
            }
        };
    }

    private void begin(Trajectory next) {
        trajectory = next;
        ProximalSettings settings = geometry.settings;
        target = Math.max(step, settings.burnIn()) + settings.every();
        gradients = 0;
        burnInGradients = 0;
        countFromHere();
        if (probes.length == 0) {
            beginStep();
        }
    }

    private void countFromHere() {
        proposalsBefore = coin.proposals();
        weightsBefore = coin.tosses();
        overflowsBefore = coin.overflows();
        clippingBefore = coin.clipping();
    }

    /** What the last draw took. */
    public Effort effort() {
        return new Effort(
                Math.max(0, step - target + geometry.settings.every()),
                gradients,
                burnInGradients,
                coin.proposals() - proposalsBefore,
                coin.tosses() - weightsBefore,
                coin.overflows() - overflowsBefore,
                coin.clipping() - clippingBefore,
                eta);
    }

    /** Where the chain stands; between draws. */
    public ChainState state() {
        return new ChainState(number, step, u, anchor, gradient, eta, slope);
    }

    @Override
    public void aim(double sigma) {}

    @Override
    public boolean done() {
        return step == target;
    }

    @Override
    public int ask(Rows append) {
        int rows = 1;
        switch (phase) {
            case PROBE -> {
                append(append, u);
                for (int k = 0; k < PROBES; k++) {
                    for (int i = 0; i < d; i++) {
                        gamma[i] = u[i] + PROBE_LENGTH * probes[k * d + i];
                    }
                    geometry.oracle.pull(gamma, u, geometry.inward());
                    for (int i = 0; i < d; i++) {
                        probes[k * d + i] = gamma[i] - u[i];
                    }
                    append(append, gamma);
                }
                rows += PROBES;
            }
            case LINEARISE -> append(append, anchor);
            case WEIGH -> append(append, gamma);
        }
        if (step < geometry.settings.burnIn() || phase == Phase.PROBE) {
            burnInGradients += rows;
        } else {
            gradients += rows;
        }
        return rows;
    }

    private void append(Rows append, double[] point) {
        geometry.coordinates.toX(point, row);
        append.append(row, 0, 1);
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        int at = asked.offset(firstRow);
        try {
            switch (phase) {
                case PROBE -> probed(answers, at);
                case LINEARISE -> linearised(answers, at);
                case WEIGH -> weighed(answers, at);
            }
        } catch (RejectionException e) {
            fail(Failure.Kind.REJECTION, String.valueOf(e.getMessage()), e);
        }
    }

    private void fail(Failure.Kind kind, String message, @Nullable Throwable cause) {
        Objects.requireNonNull(trajectory).fail(new Failure(kind, Double.NaN, where() + message, cause));
    }

    /** The beginning of a sentence about what went wrong. */
    public String where() {
        return "chain " + number + ", step " + step + ": ";
    }

    /** Numbers in a draw. */
    public int dimension() {
        return d;
    }

    /** The size of the Jacobian less A, its asymmetry and its mean slope, from differences in a few directions. */
    private void probed(double[] answers, int at) {
        geometry.coordinates.pullBack(answers, at, gradient);
        double[] changes = new double[PROBES * d];
        double size = 0;
        double residual = 0;
        double along = 0;
        double lengths = 0;
        for (int k = 0; k < PROBES; k++) {
            geometry.coordinates.pullBack(answers, at + (k + 1) * d, pulled);
            for (int i = 0; i < d; i++) {
                double change = pulled[i] - gradient[i];
                double beyond = change - a[i] * probes[k * d + i];
                changes[k * d + i] = change;
                size += change * change;
                residual += beyond * beyond;
                along += beyond * probes[k * d + i];
                lengths += probes[k * d + i] * probes[k * d + i];
            }
        }
        if (lengths == 0) {
            fail(Failure.Kind.NOT_CONVERGED, "the region around its start is too narrow; start elsewhere", null);
            return;
        }
        double unit = lengths / (PROBES * d);
        if (size == 0 && geometry.oracle.isNormal()) {
            fail(
                    Failure.Kind.NOT_CONVERGED,
                    "the gradient does not change around its start, so that nothing keeps the chain in place;"
                            + " check the gradient",
                    null);
            return;
        }
        double asymmetry = asymmetry(changes, unit, size / (PROBES * unit));
        if (asymmetry > geometry.settings.asymmetryLimit()) {
            fail(Failure.Kind.NOT_CONVERGED, Asymmetry.message(asymmetry, geometry.settings.asymmetryLimit()), null);
            return;
        }
        eta = geometry.settings.step().orElse(firstStep(Math.sqrt(residual / (PROBES * unit))));
        slope = Math.max(0, along / lengths);
        slopeAbove = slope * d * eta;
        slopeBelow = d * eta;
        System.arraycopy(u, 0, anchor, 0, d);
        probes = new double[0];
        beginStep();
    }

    /** Of v'Jw - w'Jv over pairs of directions: |K|_F / |J|_F for J = S + K with K antisymmetric. */
    private double asymmetry(double[] changes, double unit, double squaredSize) {
        double sum = 0;
        for (int k = 0; k < PROBES; k++) {
            for (int l = 0; l < k; l++) {
                double twice =
                        Kernels.dot(probes, k * d, changes, l * d, d) - Kernels.dot(probes, l * d, changes, k * d, d);
                sum += 0.25 * twice * twice;
            }
        }
        int pairs = PROBES * (PROBES - 1) / 2;
        // Of a few directions an estimate, which may be beyond what it estimates can be.
        return squaredSize == 0 ? 0 : Math.min(1, Math.sqrt(sum / pairs / (unit * unit * squaredSize)));
    }

    /** {@code B / (c |H - A|_F)} for the variance of the proposal, of which eta is a part. */
    private double firstStep(double residual) {
        double middle = 0;
        for (double entry : a) {
            middle += entry / d;
        }
        double inverse = geometry.settings.safety() * residual / geometry.settings.bound() - middle;
        return inverse > 0 ? Math.min(longest, 1 / inverse) : longest;
    }

    private void beginStep() {
        random = noise.normals(Purpose.CHAIN_STEP, number * LONGEST + step);
        random.fill(y, 0, d);
        double deviation = Math.sqrt(eta);
        for (int i = 0; i < d; i++) {
            y[i] = u[i] + deviation * y[i];
            variance[i] = 1 / (1 / eta + a[i]);
            // Where the last gradient says that the proposal's mean is.
            anchor[i] = y[i] - variance[i] * (gradient[i] + a[i] * (y[i] - anchor[i]));
        }
        geometry.oracle.pull(anchor, u, geometry.inward());
        squares = 0;
        weighed = 0;
        overflowsBeforeStep = coin.overflows();
        phase = Phase.LINEARISE;
    }

    private void linearised(double[] answers, int at) {
        geometry.coordinates.pullBack(answers, at, gradient);
        for (int i = 0; i < d; i++) {
            mean[i] = y[i] - variance[i] * (gradient[i] + a[i] * (y[i] - anchor[i]));
            centre[i] = mean[i];
        }
        geometry.oracle.pull(centre, u, 0);
        coin.begin();
        propose();
    }

    private void propose() {
        geometry.oracle.draw(mean, variance, random, proposal);
        if (coin.propose(random)) {
            accept();
        } else {
            nextWeight();
        }
    }

    private void nextWeight() {
        r = random.uniform();
        geometry.oracle.draw(mean, variance, random, other);
        double angle = 0.5 * Math.PI * r;
        double to = straight ? r : StrictMath.sin(angle);
        double from = straight ? 1 - r : StrictMath.cos(angle);
        double faster = straight ? 1 : 0.5 * Math.PI * from;
        double slower = straight ? 1 : 0.5 * Math.PI * to;
        for (int i = 0; i < d; i++) {
            double end = proposal[i] - centre[i];
            double beginning = other[i] - centre[i];
            gamma[i] = centre[i] + to * end + from * beginning;
            velocity[i] = faster * end - slower * beginning;
        }
        phase = Phase.WEIGH;
    }

    private void weighed(double[] answers, int at) {
        geometry.coordinates.pullBack(answers, at, pulled);
        double weight = 0;
        double spread = 0;
        double turned = 0;
        double away = 0;
        for (int i = 0; i < d; i++) {
            double residual = gradient[i] - pulled[i] + a[i] * (gamma[i] - anchor[i]);
            weight += velocity[i] * residual;
            spread += variance[i] * residual * residual;
            turned -= (gamma[i] - centre[i]) * residual;
            away += (gamma[i] - centre[i]) * (gamma[i] - centre[i]);
        }
        if (straight) {
            weight += slope * outOfPlace();
        }
        if (step < geometry.settings.burnIn()) {
            // Of a normal velocity the mean square is known given the residual.
            squares += geometry.oracle.isNormal() ? 0.25 * Math.PI * Math.PI * spread : weight * weight;
            weighed++;
            slopeAbove += FRESH * (turned - slopeAbove);
            slopeBelow += FRESH * (away - slopeBelow);
        }
        switch (coin.toss(weight, random)) {
            case MORE -> nextWeight();
            case REJECTED -> propose();
            case ACCEPTED -> accept();
        }
    }

    /** {@code <gamma', gamma - c> - (|x - c|^2 - |x' - c|^2) / 2}, of mean 0 over the path. */
    private double outOfPlace() {
        double sum = 0;
        for (int i = 0; i < d; i++) {
            double end = proposal[i] - centre[i];
            double beginning = other[i] - centre[i];
            sum += velocity[i] * (gamma[i] - centre[i]) - 0.5 * (end * end - beginning * beginning);
        }
        return sum;
    }

    private void accept() {
        System.arraycopy(proposal, 0, u, 0, d);
        step++;
        if (step <= geometry.settings.burnIn()) {
            adapt();
        }
        if (step == target) {
            geometry.coordinates.toX(u, Objects.requireNonNull(trajectory).z());
        } else {
            beginStep();
        }
    }

    /**
     * Robbins and Monro's steps on ln eta towards the weights' standard deviation aimed at, shorter where more weights are beyond the bound than
     * normal ones of that deviation would be, over three quarters of burn-in; what holds from then
     * on is the mean over the last two of them. In the last quarter the chain forgets that its step came from where it had been.
     */
    private void adapt() {
        int burnIn = geometry.settings.burnIn();
        long adapting = (3L * burnIn + 3) / 4;
        if (step <= adapting) {
            if (geometry.settings.step().isEmpty()) {
                adaptStep(adapting);
            }
            slope = Math.max(0, slopeAbove / slopeBelow);
        }
        if (step == burnIn) {
            countFromHere();
        }
    }

    private void adaptStep(long adapting) {
        double logStep = StrictMath.log(eta);
        if (weighed > 0) {
            double ratio = Math.min(5, squares / weighed / (aim * aim));
            double beyond = coin.overflows() - overflowsBeforeStep - normalOverflow * weighed;
            double gain = Math.min(0.2, Kernels.power((double) step, -0.6));
            logStep += gain * Math.max(-TAIL, 1 - ratio - TAIL * beyond);
        }
        if (3 * step > adapting) {
            logSteps += logStep;
            logStepsCount++;
        }
        eta = Math.min(longest, StrictMath.exp(step == adapting ? logSteps / logStepsCount : logStep));
    }
}
