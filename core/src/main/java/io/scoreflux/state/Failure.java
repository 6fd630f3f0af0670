package io.scoreflux.state;

import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Why one sample failed, and at which noise level. Failures are equal if kind, noise level, message and the class of the cause are equal,
 * because exceptions do not define equality.
 *
 * @param kind what went wrong
 * @param sigma the canonical noise level at which it did, or NaN for a chain, which knows none
 * @param message the full sentence: what, where, and what to do
 * @param cause what a denoiser or its call threw, if one threw
 */
public record Failure(
        Kind kind, double sigma, String message, @Nullable Throwable cause) implements Serializable {

    /** The kinds of failure. */
    public enum Kind {
        /** The denoiser answered NaN or an infinity, or left the row unwritten. */
        NON_FINITE_ANSWER,
        /** The denoiser threw when asked this row alone. */
        DENOISER_ERROR,
        /** A call of the denoiser had no answer for a reason that does not lie in its rows, after what retries there are. */
        TRANSPORT_ERROR,
        /** The solver itself threw. */
        SOLVER_ERROR,
        /** The solver could not meet its tolerance within its limits. */
        NOT_CONVERGED,
        /** Rejection sampling saw more proposals than chance allows, a weight that is not finite, or steps that stay too short. */
        REJECTION,
        /** The sample was not finished in the time that was given to it. */
        DEADLINE,
        /** What was asked for cannot be made: the request contradicts the sampler. */
        BAD_REQUEST
    }

    /** The noise level for JSON mappers, or null for a chain. */
    public @Nullable Double getSigma() {
        return Values.finiteOrNull(sigma);
    }

    /** The class of the cause for JSON mappers, or null. Other properties of a cause are not serialized. */
    public @Nullable String getCause() {
        return cause == null ? null : cause.getClass().getName();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Failure that
                && kind == that.kind
                && Double.compare(sigma, that.sigma) == 0
                && message.equals(that.message)
                && Objects.equals(getCause(), that.getCause());
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, sigma, message, getCause());
    }
}
