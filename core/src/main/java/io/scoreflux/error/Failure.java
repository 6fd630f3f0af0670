package io.scoreflux.error;

import io.scoreflux.internal.Values;
import java.io.Serializable;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Why one sample failed, and at which noise level. Failures are equal if kind, noise level, place, violation and the class of the cause
 * are equal, because exceptions do not define equality.
 *
 * @param kind what went wrong
 * @param sigma the canonical noise level at which it did, or NaN for a chain, which has none
 * @param place where it did, for the message, such as {@code sigma 0.31} or {@code chain 3, step 7}
 * @param violation what went wrong and what to do
 * @param cause what a denoiser or its call threw, if one threw
 */
public record Failure(
        Kind kind,
        double sigma,
        String place,
        Violation violation,
        @Nullable Throwable cause) implements Serializable {

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

    /** At a noise level. */
    public static Failure at(Kind kind, double sigma, Violation violation, @Nullable Throwable cause) {
        return new Failure(kind, sigma, "sigma " + Violation.text(sigma), violation, cause);
    }

    /** The sentence: where, what, and what to do. */
    public String message() {
        return place + ": " + violation.message();
    }

    /** The failure with a front end's names of settings; see {@link Violation#named}. */
    public Failure named(Function<String, @Nullable String> names) {
        return new Failure(kind, sigma, place, violation.named(names), cause);
    }

    /** The message for JSON mappers. */
    public String getMessage() {
        return message();
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
                && place.equals(that.place)
                && violation.equals(that.violation)
                && Objects.equals(getCause(), that.getCause());
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, sigma, place, violation, getCause());
    }
}
