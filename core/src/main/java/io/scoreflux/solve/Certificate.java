package io.scoreflux.solve;

import io.scoreflux.error.Failure;
import io.scoreflux.internal.Values;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * The accuracy and the cost of one sample. It contains no wall time, so that it is a function of the seed and the index of the sample, like the
 * values.
 *
 * @param status whether the sample meets its tolerance
 * @param error an estimate of the end-to-end error {@code |z - z_exact|} at the last noise level, relative to the radius; empty if there is no
 *     estimate, as with fixed-step and stochastic solvers, or if the sample failed
 * @param calls the number of denoiser evaluations, including those of rejected steps
 * @param rounds the number of sequential denoiser evaluations; a round may have several rows
 * @param intervals the number of accepted intervals or steps
 * @param lowestDegree the lowest polynomial degree of these intervals
 * @param highestDegree the highest polynomial degree of these intervals
 * @param failure why the sample failed, or null
 * @param rejection the statistics of rejection sampling, or null if the solver does none
 */
public record Certificate(
        Status status,
        OptionalDouble error,
        long calls,
        long rounds,
        int intervals,
        int lowestDegree,
        int highestDegree,
        @Nullable Failure failure,
        @Nullable RejectionStatistics rejection) {

    /** Returns the error for JSON mappers, or null if there is no estimate. */
    public @Nullable Double getError() {
        return Values.finiteOrNull(error);
    }

    /**
     * Whether a sample meets its tolerance. The error of a {@link Status#CONVERGED} sample is present; the error of an
     * {@link Status#UNESTIMATED} or {@link Status#FAILED} sample is empty.
     */
    public enum Status {
        /** The tolerance was met in every interval, and the estimated error at the end is at most 30 times the tolerance. */
        CONVERGED,
        /**
         * The tolerance was not met, for example because the solver reached its limit on calls, or because the rounding of the denoiser is
         * larger. The certificate contains the estimated error, which is empty only if the estimate overflowed.
         */
        UNCONVERGED,
        /**
         * The solver does not estimate the error of a single sample. This applies to fixed steps, budget mode, rejection sampling, and samples
         * that a corrector drew.
         */
        UNESTIMATED,
        /** The sample has no values. {@link Certificate#failure()} has the reason. */
        FAILED;

        /** An error estimate may be too large by a factor of ten. Above this multiple of the tolerance, the tolerance was not met. */
        private static final double FAR = 30;

        /**
         * Decides whether a sample with an error estimate has converged.
         *
         * @param met whether each interval met its tolerance
         * @param error the estimated error at the end, relative to the radius
         */
        static Status of(boolean met, double error, double tolerance) {
            return met && error <= FAR * tolerance ? CONVERGED : UNCONVERGED;
        }

        /** Returns the status in lower case, as in files and on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
