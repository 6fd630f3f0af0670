package io.scoreflux.solve;

import io.scoreflux.noise.NormalStream;
import io.scoreflux.state.Failure;
import io.scoreflux.state.Rows;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * One sample on its way down the noise range: its index, state, place in its stream of random numbers, cost, and the machine
 * that solves it, with its history. It travels from stage to stage; one thread at a time.
 */
public final class Trajectory {
    /** An error estimate may be too large by a factor of ten; beyond that the tolerance was not met. */
    private static final double FAR = 30;

    private final long index;
    private final double[] z;
    private final NormalStream noise;
    private @Nullable Machine machine;
    private double sigma;
    private long calls;
    private long rounds;
    private int intervals;
    private int lowestDegree = Integer.MAX_VALUE;
    private int highestDegree;
    private double error = Double.NaN;
    private boolean converged;
    private @Nullable Failure failure;

    /**
     * A trajectory at its start.
     *
     * @param index the sample's number
     * @param z the starting state; owned by the trajectory from now on
     * @param sigma its noise level
     * @param noise the random numbers of this sample's steps
     * @param solver makes the machine
     */
    public Trajectory(long index, double[] z, double sigma, NormalStream noise, PreparedSolver solver) {
        this.index = index;
        this.z = z;
        this.sigma = sigma;
        this.noise = noise;
        this.machine = solver.start(this);
    }

    /** The sample's number. */
    public long index() {
        return index;
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
        int rows = machine().ask(append);
        calls += rows;
        rounds++;
        return rows;
    }

    /** Hands the answers of the last round to the machine. */
    public void tell(Rows asked, double[] answers, int firstRow) {
        machine().tell(asked, answers, firstRow);
    }

    /** Lets go of the machine and its memory; the state and the certificate stay. */
    public void retire() {
        machine = null;
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
        return calls;
    }

    /** For machines: one more interval is solved, with a polynomial of {@code degree}. */
    public void interval(int degree) {
        intervals++;
        lowestDegree = Math.min(lowestDegree, degree);
        highestDegree = Math.max(highestDegree, degree);
    }

    /** For machines: the state now stands at {@code level}. */
    public void land(double level) {
        sigma = level;
    }

    /**
     * For machines that estimate and have met the tolerance in every interval. The sample counts as converged unless the error at
     * the end is far from the tolerance all the same, as where the denoiser's own noise is larger.
     *
     * @param relativeError the estimated error of the present state, relative to the radius
     * @param tolerance the one asked for
     */
    public void estimate(double relativeError, double tolerance) {
        error = relativeError;
        converged = relativeError <= FAR * tolerance;
    }

    /** The certificate of the trajectory as it stands. */
    public Certificate certificate() {
        Certificate.Status status = failure != null
                ? Certificate.Status.FAILED
                : converged ? Certificate.Status.CONVERGED : Certificate.Status.BUDGET;
        OptionalDouble estimate =
                failure != null || Double.isNaN(error) ? OptionalDouble.empty() : OptionalDouble.of(error);
        return new Certificate(
                status, estimate, calls, rounds, intervals, intervals == 0 ? 0 : lowestDegree, highestDegree, failure);
    }
}
