package io.scoreflux.solve;

import io.scoreflux.noise.NormalStream;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Failure;
import io.scoreflux.state.Kernels;
import io.scoreflux.state.Require;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One sample on its way down the noise range: its index, state, place in its stream of random numbers, cost, and the machine
 * that solves it, with its history. It travels from stage to stage; one thread at a time.
 */
public final class Trajectory {
    /** An error estimate may be too large by a factor of ten; beyond that the tolerance was not met. */
    private static final double FAR = 30;

    private final long index;
    private final long place;
    private final @Nullable Condition condition;
    private final double[] z;
    private final NormalStream noise;
    private final AtomicInteger reached = new AtomicInteger(-1);
    private @Nullable Machine machine;
    private double sigma;
    private long queries;
    private int evaluations = 1;
    private long rounds;
    private int intervals;
    private int rejected;
    private double residual = Double.NaN;
    private int degree;
    private long due;
    private volatile boolean counted;
    private @Nullable Object tag;
    private List<TracePoint> trace = List.of();
    private int lowestDegree = Integer.MAX_VALUE;
    private int highestDegree;
    private double error = Double.NaN;
    private Certificate.Status status = Certificate.Status.UNESTIMATED;
    private @Nullable Failure failure;
    private boolean tossed;
    private long draws;
    private long proposals;
    private long weights;
    private long overflows;
    private double clipping;

    /**
     * A trajectory at its start, without a condition, in the place that its index is.
     *
     * @param index the sample's number
     * @param z the starting state; owned by the trajectory from now on
     * @param sigma its noise level
     * @param noise the random numbers of this sample's steps
     * @param solver makes the machine
     */
    public Trajectory(long index, double[] z, double sigma, NormalStream noise, PreparedSolver solver) {
        this(index, index, null, z, sigma, noise, solver);
    }

    /**
     * A trajectory at its start.
     *
     * @param index the sample's number
     * @param place its place in the order of delivery
     * @param condition what its sample is to be, put to the denoiser with each of its queries, or null
     * @param z the starting state; owned by the trajectory from now on
     * @param sigma its noise level
     * @param noise the random numbers of this sample's steps
     * @param solver makes the machine
     */
    public Trajectory(
            long index,
            long place,
            @Nullable Condition condition,
            double[] z,
            double sigma,
            NormalStream noise,
            PreparedSolver solver) {
        this.index = index;
        this.place = place;
        this.condition = condition;
        this.z = z;
        this.sigma = sigma;
        this.noise = noise;
        this.machine = solver.start(this);
    }

    /** The sample's number. */
    public long index() {
        return index;
    }

    /** Its place in the order of delivery. */
    public long place() {
        return place;
    }

    /** What its sample is to be, or null. */
    public @Nullable Condition condition() {
        return condition;
    }

    /** For the engine: when the trajectory must have ended, on the clock of who drives it. */
    public long due() {
        return due;
    }

    /** For the engine: sets {@link #due()}. */
    public void due(long time) {
        due = time;
    }

    /** For the engine: counts the trajectory as ended; false if it is counted already. For one thread at a time. */
    public boolean count() {
        boolean first = !counted;
        counted = true;
        return first;
    }

    /** For the engine: reverses {@link #count()}; false if the trajectory is not counted. For one thread at a time. */
    public boolean uncount() {
        boolean was = counted;
        counted = false;
        return was;
    }

    /** For the engine: whether the trajectory is counted as ended. Any thread may read it. */
    public boolean isCounted() {
        return counted;
    }

    /** The number of the last stage that the trajectory has entered, -1 before the first. Any thread may read it. */
    public int reached() {
        return reached.get();
    }

    /** For the engine: marks that the trajectory enters a stage; false if it has entered that stage or a later one before. */
    public boolean enter(int stage) {
        return reached.getAndAccumulate(stage, Math::max) < stage;
    }

    /** What whoever made the trajectory wants to find with its result, or null. */
    public @Nullable Object tag() {
        return tag;
    }

    /** Sets {@link #tag()}. */
    public void tag(Object value) {
        tag = value;
    }

    /** The state at {@link #sigma()}; the machine writes it. */
    public double[] z() {
        return z;
    }

    /** The canonical noise level of the state. */
    public double sigma() {
        return sigma;
    }

    /** The random numbers of this sample's steps. */
    public NormalStream noise() {
        return noise;
    }

    /** Sets the noise level to land on. */
    public void aim(double target) {
        machine().aim(target);
    }

    /** Whether the trajectory has landed where it aims, or has failed. */
    public boolean done() {
        Machine now = machine;
        return failure != null || now == null || now.done();
    }

    /** Appends the queries of the next round, and counts them. */
    public int ask(Rows append) {
        int first = append.count();
        int rows = machine().ask(append);
        append.condition(first, condition);
        queries += rows;
        rounds++;
        return rows;
    }

    /** Hands the answers of the last round to the machine. */
    public void tell(Rows asked, double[] answers, int firstRow) {
        machine().tell(asked, answers, firstRow);
    }

    /** Passes answers, some of which are not finite, to the machine; false if it cannot use them. */
    public boolean tellNonFinite(Rows asked, double[] answers, int firstRow) {
        return machine().tellNonFinite(asked, answers, firstRow);
    }

    /**
     * Lets go of the machine and its memory; the state and the certificate stay.
     *
     * @return whether it had not done so before
     */
    public boolean retire() {
        boolean had = machine != null;
        machine = null;
        return had;
    }

    private Machine machine() {
        Machine now = machine;
        if (now == null) {
            throw new IllegalStateException("trajectory " + index + " is retired");
        }
        return now;
    }

    /** Ends the trajectory; the first failure stays. */
    public void fail(Failure why) {
        if (failure == null) {
            failure = why;
        }
    }

    /** Why it failed, or null. */
    public @Nullable Failure failure() {
        return failure;
    }

    /** Denoiser evaluations so far. */
    public long calls() {
        return queries * evaluations;
    }

    /** Rows asked so far: what a solver's caps and budgets bound. */
    public long queries() {
        return queries;
    }

    /** Sets how many denoiser evaluations one row takes, at least 1; 1 unless told. */
    public void evaluations(int value) {
        evaluations = Require.atLeast("evaluations", value, 1);
    }

    /** For machines: one more interval is solved, with a polynomial of {@code degree}. */
    public void interval(int newDegree) {
        intervals++;
        degree = newDegree;
        lowestDegree = Math.min(lowestDegree, newDegree);
        highestDegree = Math.max(highestDegree, newDegree);
    }

    /** For machines: an interval was refused and is to be solved again, shorter or otherwise. */
    public void reject() {
        rejected++;
    }

    /** For machines that observe one: the residual of the last interval, over what it may be. */
    public void residual(double overAllowed) {
        residual = overAllowed;
    }

    /** For machines that trace: the trajectory passed this point. */
    void pass(TracePoint point) {
        List<TracePoint> longer = new ArrayList<>(trace);
        longer.add(point);
        trace = longer;
    }

    /** The points that were noted, from the start down; none unless the solver is a {@link TracedSolver}. */
    public List<TracePoint> trace() {
        return Collections.unmodifiableList(trace);
    }

    /** Intervals solved so far. */
    public int intervals() {
        return intervals;
    }

    /** Intervals refused so far. */
    public int rejected() {
        return rejected;
    }

    /** The residual of the last interval over what it may be, or NaN where the solver observes none. */
    public double residual() {
        return residual;
    }

    /** The degree of the last interval's polynomial, 0 before the first. */
    public int degree() {
        return degree;
    }

    /** For machines: the state now stands at {@code level}. */
    public void land(double level) {
        sigma = level;
    }

    /**
     * For machines that estimate the error at the end. The sample has converged if every interval met its tolerance and the error at the
     * end is not far above the tolerance. The error can be far above it in spite of the intervals, for instance if the denoiser's noise is
     * larger.
     *
     * @param problem whose denoiser rounds: no estimate is below what that alone does to the state, so that an end that two solvers
     *     agree on by chance is not called better than the denoiser's digits
     * @param estimated error of the present state, in the data's units
     * @param tolerance the one asked for, relative to the radius
     * @param met whether every interval met its tolerance; false if the limit on calls was reached
     */
    public void estimate(Problem problem, double estimated, double tolerance, boolean met) {
        double rounded = problem.rounding() * Kernels.norm(z, 0, z.length);
        error = Math.sqrt(estimated * estimated + rounded * rounded) / problem.radius();
        status = statusOf(met, tolerance);
    }

    /**
     * For machines that solve another trajectory in place of this one: takes over its estimate, if it has one.
     *
     * @param rounded what the denoiser's rounding adds to its error, relative to the radius
     * @param tolerance the one asked for
     */
    void estimateLike(Trajectory other, double rounded, double tolerance) {
        error = StrictMath.hypot(other.error, rounded);
        if (other.status != Certificate.Status.UNESTIMATED) {
            status = statusOf(other.status == Certificate.Status.CONVERGED, tolerance);
        }
    }

    private Certificate.Status statusOf(boolean met, double tolerance) {
        return met && error <= FAR * tolerance ? Certificate.Status.CONVERGED : Certificate.Status.UNCONVERGED;
    }

    /** For machines that draw their state. Such a state follows no path, so its distance from one cannot be estimated. */
    public void redraw() {
        error = Double.NaN;
        status = Certificate.Status.UNESTIMATED;
    }

    /** For machines that sample by rejection: sets what {@link CoinTally} is to say. */
    public void coin(long newDraws, long newProposals, long newWeights, long newOverflows, double newClipping) {
        tossed = true;
        draws = newDraws;
        proposals = newProposals;
        weights = newWeights;
        overflows = newOverflows;
        clipping = newClipping;
    }

    /** The certificate of the trajectory as it stands. */
    public Certificate certificate() {
        // Carried to the end with measured slopes, an estimate may overflow: that is none.
        OptionalDouble estimate =
                failure != null || !Double.isFinite(error) ? OptionalDouble.empty() : OptionalDouble.of(error);
        return new Certificate(
                failure != null ? Certificate.Status.FAILED : status,
                estimate,
                calls(),
                rounds,
                intervals,
                intervals == 0 ? 0 : lowestDegree,
                highestDegree,
                failure,
                tossed ? new CoinTally(draws, proposals, weights, overflows, clipping) : null);
    }
}
