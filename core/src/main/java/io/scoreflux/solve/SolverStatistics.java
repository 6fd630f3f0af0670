package io.scoreflux.solve;

import io.scoreflux.error.Failure;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** The reports of a solver on one sample: steps, error, and rejection sampling. */
final class SolverStatistics {
    long queries;
    long rounds;
    int steps;
    int rejectedSteps;
    /** The residual of the last step, relative to the allowed residual; NaN if the solver reports none. */
    double residual = Double.NaN;
    /** The degree of the last step's polynomial. */
    int degree;

    private int lowestDegree = Integer.MAX_VALUE;
    private int highestDegree;
    private double error = Double.NaN;
    /** Whether each step of the present machine and of those before it met its tolerance. */
    private boolean met = true;
    /** The error of the state from which the present machine started, and whether the machines before it met their tolerances. */
    private double carried;

    private boolean carriedMet = true;
    private Certificate.Status status = Certificate.Status.UNESTIMATED;
    private boolean rejectionSampled;
    private long draws;
    private long proposals;
    private long weights;
    private long overflows;
    private double clipping;

    void stepAccepted(int newDegree) {
        steps++;
        degree = newDegree;
        lowestDegree = Math.min(lowestDegree, newDegree);
        highestDegree = Math.max(highestDegree, newDegree);
    }

    void estimate(double newError, boolean newMet, double tolerance) {
        met = newMet && carriedMet;
        error = carried == 0 ? newError : StrictMath.hypot(carried, newError);
        status = Certificate.Status.of(met, error, tolerance);
    }

    /** Adds the present estimate, times a factor, to all later ones. */
    void carryEstimate(double factor) {
        carried = factor * error;
        carriedMet = met;
    }

    /** Copies the estimate of another sample and adds an error. The status UNESTIMATED stays UNESTIMATED. */
    void estimateLike(SolverStatistics other, double added, double tolerance) {
        double sum = StrictMath.hypot(other.error, added);
        if (other.status == Certificate.Status.UNESTIMATED) {
            error = sum;
        } else {
            estimate(sum, other.status == Certificate.Status.CONVERGED, tolerance);
        }
    }

    void clearEstimate() {
        error = Double.NaN;
        status = Certificate.Status.UNESTIMATED;
    }

    void rejectionSampling(long newDraws, long newProposals, long newWeights, long newOverflows, double newClipping) {
        rejectionSampled = true;
        draws = newDraws;
        proposals = newProposals;
        weights = newWeights;
        overflows = newOverflows;
        clipping = newClipping;
    }

    Certificate certificate(long calls, @Nullable Failure failure) {
        // An estimate that overflowed is no estimate.
        OptionalDouble estimate =
                failure != null || !Double.isFinite(error) ? OptionalDouble.empty() : OptionalDouble.of(error);
        return new Certificate(
                failure != null ? Certificate.Status.FAILED : status,
                estimate,
                calls,
                rounds,
                steps,
                steps == 0 ? 0 : lowestDegree,
                highestDegree,
                failure,
                rejectionSampled ? new RejectionStatistics(draws, proposals, weights, overflows, clipping) : null);
    }
}
