package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.state.Condition;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The properties of a denoiser that are known before it is called. */
public interface DenoiserInfo {

    /** Returns the number of numbers in a row; at least 1. */
    int dimension();

    /** Returns the mean and covariance of the data, if known. They determine the radius and improve the initial states. Defaults to empty. */
    default Optional<Moments> moments() {
        return Optional.empty();
    }

    /** Returns the largest canonical noise level at which the denoiser can be evaluated. Defaults to infinity. */
    default double maxSigma() {
        return Double.POSITIVE_INFINITY;
    }

    /**
     * Returns the relative rounding error of the denoiser's values, from 2^-53 to 0.01. Defaults to 2^-53; networks in single precision
     * have {@code 2^-24}. If it is larger, solvers take differences of values over longer distances. The estimated error of a certificate
     * is never below the effect of this rounding on the sample.
     */
    default double rounding() {
        return 0x1p-53;
    }

    /** Returns the number of labels. The denoiser accepts the labels 0 to classes - 1. Defaults to 0. */
    default int classes() {
        return 0;
    }

    /** Returns whether the denoiser accepts conditions. Defaults to whether it accepts labels. */
    default boolean isConditional() {
        return classes() > 0;
    }

    /**
     * Checks that the denoiser accepts a condition; ignores its guidance weight. By default, the denoiser accepts the labels 0 to
     * {@link #classes} - 1 and no payload. Denoisers that accept payloads override this method and {@link #isConditional}.
     *
     * @throws IllegalArgumentException if the denoiser does not accept the condition
     */
    default void checkCondition(Condition condition) {
        if (condition.payload() != null) {
            throw new InvalidArgumentException(
                    "payload",
                    "must be absent, as the denoiser accepts none",
                    condition.payload().getClass().getName(),
                    "give a {label}",
                    "leave out the condition");
        }
        Integer label = condition.label();
        int classes = classes();
        if (label != null && label >= classes) {
            throw classes == 0
                    ? new InvalidArgumentException(
                            "label",
                            "must be absent, as the denoiser has no classes",
                            label,
                            "leave out {label}",
                            "use a denoiser whose classes() is greater than 0")
                    : new InvalidArgumentException(
                            "label",
                            "must be below " + classes + ", the number of classes of the denoiser",
                            label,
                            "give one of 0 to " + (classes - 1));
        }
    }

    /** Returns whether the denoiser accepts conditions with a guidance weight other than 1; see {@link Guidance}. Defaults to false. */
    default boolean supportsGuidance() {
        return false;
    }

    /** Returns the number of evaluations of the model for one row under a condition; at least 1. Defaults to 1. */
    default int evaluations(@Nullable Condition condition) {
        return 1;
    }

    /**
     * Checks that a denoiser accepts a condition and its guidance weight, and returns the condition. Null is always accepted.
     *
     * @throws IllegalArgumentException if the denoiser does not accept the condition or the weight
     */
    static @Nullable Condition require(DenoiserInfo denoiser, @Nullable Condition condition) {
        if (condition == null) {
            return null;
        }
        denoiser.checkCondition(condition);
        if (condition.guidance() != 1 && !denoiser.supportsGuidance()) {
            throw new InvalidArgumentException(
                    "guidance",
                    "must be 1, as the denoiser does not support guidance",
                    condition.guidance(),
                    "wrap the denoiser: Guidance.of(denoiser)");
        }
        return condition;
    }
}
