package io.scoreflux.solve;

import io.scoreflux.error.Failure;
import io.scoreflux.internal.Values;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one sample: how accurate it is and what it cost. It holds no wall time, so that it is a function of the
 * seed and the sample's index like the values.
 *
 * @param status whether the sample meets its tolerance
 * @param error an estimate of the end-to-end error {@code |z - z_exact|} at the last noise level, relative to the radius;
 *     empty where the solver has none (fixed steps, stochastic solvers)
 * @param calls denoiser evaluations, of rejected intervals too
 * @param rounds denoiser evaluations one after the other: a round may hold several rows
 * @param intervals accepted sub-intervals or steps
 * @param lowestDegree the lowest polynomial degree among them
 * @param highestDegree the highest
 * @param failure why the sample failed, or null
 * @param rejection what rejection sampling cost and clipped, or null where the solver does none
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

    /** The error for JSON mappers, or null if there is no estimate. */
    public @Nullable Double getError() {
        return Values.finiteOrNull(error);
    }

    /**
     * Whether a sample meets its tolerance. A {@link Status#CONVERGED} sample has an error; an {@link Status#UNESTIMATED} or {@link
     * Status#FAILED} one has none.
     */
    public enum Status {
        /** The tolerance was met in every interval, and the estimated error at the end is at most 30 times the tolerance. */
        CONVERGED,
        /**
         * The tolerance was not met, for instance because the limit on calls was reached or the denoiser's rounding is larger. The
         * certificate has the error reached; it is empty only if the estimate overflowed.
         */
        UNCONVERGED,
        /**
         * The solver does not estimate the error of a single sample: fixed steps, budget mode, rejection sampling, and samples that a
         * corrector drew.
         */
        UNESTIMATED,
        /** There are no values; the failure says why. */
        FAILED;

        /** The status in lower case, as files and the command line have it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
