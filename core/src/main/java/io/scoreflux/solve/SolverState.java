package io.scoreflux.solve;

import io.scoreflux.error.Failure;
import io.scoreflux.internal.Kernels;
import io.scoreflux.noise.NormalStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of one sample, as its solver's {@link Machine} sees it: the state vector, the noise level, the random numbers, and the statistics
 * that become the {@link Certificate}. {@link PreparedSolver#start} receives it. Not thread-safe; only the thread that drives the machine uses
 * it.
 *
 * <p>A machine writes each new state into {@link #z()} and then reports the noise level of that state with {@link #reached}. It reports each
 * step with {@link #stepAccepted} or {@link #stepRejected}. If it estimates the error of the last state, it reports the estimate with
 * {@link #estimate}; otherwise the certificate has no error. If it cannot continue, it calls {@link #fail} and returns.
 */
public final class SolverState {
    final SolverStatistics statistics = new SolverStatistics();

    private final long index;
    private final double[] z;
    private final NormalStream noise;
    private double sigma;
    private @Nullable Failure failure;
    private List<TracePoint> trace = List.of();
    private @Nullable DivergenceIntegrals integrals;

    SolverState(long index, double[] z, double sigma, NormalStream noise) {
        this.index = index;
        this.z = z;
        this.sigma = sigma;
        this.noise = noise;
    }

    /** Returns the index of the sample. */
    public long index() {
        return index;
    }

    /** Returns the state at {@link #sigma()}, in the data's units. This is the array itself, not a copy: the machine overwrites it. */
    public double[] z() {
        return z;
    }

    /** Returns the canonical noise level of the state. */
    public double sigma() {
        return sigma;
    }

    /** Returns the random numbers of this sample's steps. */
    public NormalStream noise() {
        return noise;
    }

    /** Returns the number of rows that the machine has asked for, including the last round. Limits on calls apply to this number. */
    public long queries() {
        return statistics.queries;
    }

    /** Returns why the sample failed, or null. */
    public @Nullable Failure failure() {
        return failure;
    }

    /** Reports that {@link #z()} now contains the state at the noise level {@code level}. */
    public void reached(double level) {
        sigma = level;
    }

    /** Reports an accepted step. {@code degree} is the degree of its polynomial, or 0 if it has none. */
    public void stepAccepted(int degree) {
        statistics.stepAccepted(degree);
    }

    /** Reports a rejected step, which the machine repeats with another length or degree. */
    public void stepRejected() {
        statistics.rejectedSteps++;
    }

    /** Reports the residual of the last step, relative to the largest allowed residual. */
    public void residual(double relative) {
        statistics.residual = relative;
    }

    /**
     * Reports an estimate of the error of the present state. The sample has converged if {@code met} is true and the error is at most 30 times
     * the tolerance. Both conditions are necessary: the error at the end can exceed the tolerance although each step met its own, for example
     * if the denoiser is noisy.
     *
     * @param problem has the radius and the rounding of the denoiser. The effect of the rounding on the state is added to the estimate, so that
     *     the error is never below the denoiser's precision
     * @param estimated the estimated error of the state, in the data's units
     * @param tolerance the requested tolerance, relative to the radius
     * @param met whether each step met its tolerance; false if the limit on calls ended the solution early
     */
    public void estimate(Problem problem, double estimated, double tolerance, boolean met) {
        double rounded = problem.rounding() * Kernels.norm(z, 0, z.length);
        double error = Math.sqrt(estimated * estimated + rounded * rounded) / problem.radius();
        statistics.estimate(error, met, tolerance);
    }

    /** Reports that the state was drawn from a distribution. Such a state follows no trajectory, so that it has no error estimate. */
    public void drawn() {
        statistics.clearEstimate();
    }

    /** Reports the totals of rejection sampling so far; see {@link RejectionStatistics}. */
    public void rejectionSampling(long draws, long proposals, long weights, long overflows, double clipping) {
        statistics.rejectionSampling(draws, proposals, weights, overflows, clipping);
    }

    /** Fails the sample. If it has already failed, the first failure is kept. */
    public void fail(Failure why) {
        if (failure == null) {
            failure = why;
        }
    }

    /** Copies the estimate of another sample and adds the error {@code added}, which is relative to the radius. */
    void estimateLike(SolverState other, double added, double tolerance) {
        statistics.estimateLike(other.statistics, added, tolerance);
    }

    /**
     * Adds the present estimate to all later ones, because another machine continues from the present state.
     *
     * @param factor the factor by which the rest of the flow changes an error
     */
    void carryEstimate(double factor) {
        statistics.carryEstimate(factor);
    }

    void tracePoint(TracePoint point) {
        List<TracePoint> longer = new ArrayList<>(trace);
        longer.add(point);
        trace = longer;
    }

    List<TracePoint> trace() {
        return Collections.unmodifiableList(trace);
    }

    void divergenceIntegrals(DivergenceIntegrals found) {
        integrals = found;
    }

    @Nullable
    DivergenceIntegrals divergenceIntegrals() {
        return integrals;
    }
}
