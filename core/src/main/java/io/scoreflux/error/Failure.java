package io.scoreflux.error;

import io.scoreflux.internal.Values;
import java.io.Serializable;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The reason why one sample failed, and the noise level where it failed. Failures are equal if kind, noise level, place, violation and the
 * class of the cause are equal, because exceptions do not define equality.
 *
 * @param kind the kind of failure
 * @param sigma the canonical noise level where it occurred, or NaN for a chain, which has no noise level
 * @param place where it occurred, for the message, such as {@code sigma 0.31} or {@code chain 3, step 7}
 * @param violation the violated rule, with remedies
 * @param cause the exception of a denoiser, of its call or of the function of conditions, or null
 */
public record Failure(
        Kind kind,
        double sigma,
        String place,
        Violation violation,
        @Nullable Throwable cause) implements Serializable {

    /** The kinds of failure. */
    public enum Kind {
        /** The denoiser returned NaN or an infinity, or left the row unwritten. */
        NON_FINITE_ANSWER,
        /** The denoiser threw an exception for this row alone. */
        DENOISER_ERROR,
        /** A denoiser call and its retries failed for a reason that does not depend on its rows. */
        TRANSPORT_ERROR,
        /** The solver threw an exception. */
        SOLVER_ERROR,
        /** The solver could not meet its tolerance within its limits. */
        NOT_CONVERGED,
        /**
         * Rejection sampling needed an implausible number of proposals, obtained a weight that is not finite, or made too many steps of the
         * minimum length.
         */
        REJECTION,
        /** The sample was not finished by its deadline. */
        DEADLINE,
        /** The sampler cannot serve the request, because the request contradicts its settings. */
        BAD_REQUEST
    }

    /** Returns a failure at a noise level. */
    public static Failure at(Kind kind, double sigma, Violation violation, @Nullable Throwable cause) {
        return new Failure(kind, sigma, "sigma " + Violation.text(sigma), violation, cause);
    }

    /** Returns the message: place, violated rule, and remedies. */
    public String message() {
        return place + ": " + violation.message();
    }

    /** Returns the failure with a front end's names of settings; see {@link Violation#named}. */
    public Failure named(Function<String, @Nullable String> names) {
        return new Failure(kind, sigma, place, violation.named(names), cause);
    }

    /** Returns the message for JSON mappers. */
    public String getMessage() {
        return message();
    }

    /** Returns the noise level for JSON mappers, or null for a chain. */
    public @Nullable Double getSigma() {
        return Values.finiteOrNull(sigma);
    }

    /** Returns the class name of the cause for JSON mappers, or null. Other properties of a cause are not serialized. */
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
