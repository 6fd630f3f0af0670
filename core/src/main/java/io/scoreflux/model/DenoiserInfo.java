package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.state.Condition;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The properties of a denoiser that are known before it is called. */
public interface DenoiserInfo {

    /** Numbers in a row, at least 1. */
    int dimension();

    /** Mean and covariance of the data, if known: they give the radius and a better initial state. */
    default Optional<Moments> moments() {
        return Optional.empty();
    }

    /** The largest canonical noise level that it answers. Defaults to infinity. */
    default double maxSigma() {
        return Double.POSITIVE_INFINITY;
    }

    /**
     * The relative rounding of its answers, from 2^-53 to 0.01. Defaults to 2^-53; networks in single precision have {@code 2^-24}. The solvers
     * take differences of answers over longer steps where it is larger, and no certificate claims an error below its effect on the sample.
     */
    default double rounding() {
        return 0x1p-53;
    }

    /** The number of labels that it answers: 0 to classes - 1. Defaults to 0. */
    default int classes() {
        return 0;
    }

    /** Whether it answers any condition. Defaults to whether it answers labels. */
    default boolean isConditional() {
        return classes() > 0;
    }

    /**
     * Checks that it answers a condition, whatever the weight of guidance. By default it answers the labels 0 to {@link #classes} - 1, and no
     * payload; a denoiser that takes payloads overrides this method and {@link #isConditional}.
     *
     * @throws IllegalArgumentException if it does not
     */
    default void checkCondition(Condition condition) {
        if (condition.payload() != null) {
            throw new InvalidArgumentException(
                    "payload",
                    "must be absent, as the denoiser takes none",
                    condition.payload().getClass().getName(),
                    "give a {label}",
                    "ask without a condition");
        }
        Integer label = condition.label();
        int classes = classes();
        if (label != null && label >= classes) {
            throw classes == 0
                    ? new InvalidArgumentException(
                            "label",
                            "must be absent, as the denoiser knows no classes",
                            label,
                            "leave out {label}",
                            "take a denoiser whose classes() is greater than 0")
                    : new InvalidArgumentException(
                            "label",
                            "must be below " + classes + ", the number of classes that the denoiser knows",
                            label,
                            "give one of 0 to " + (classes - 1));
        }
    }

    /** Whether it answers conditions whose guidance is not 1; see {@link Guidance}. */
    default boolean supportsGuidance() {
        return false;
    }

    /** Evaluations of the model for one row under a condition, at least 1. */
    default int evaluations(@Nullable Condition condition) {
        return 1;
    }

    /**
     * A condition that a denoiser answers at its weight of guidance, or null.
     *
     * @throws IllegalArgumentException if it does not
     */
    static @Nullable Condition require(DenoiserInfo denoiser, @Nullable Condition condition) {
        if (condition == null) {
            return null;
        }
        denoiser.checkCondition(condition);
        if (condition.guidance() != 1 && !denoiser.supportsGuidance()) {
            throw new InvalidArgumentException(
                    "guidance",
                    "must be 1, as the denoiser answers one branch only",
                    condition.guidance(),
                    "wrap the denoiser: Guidance.of(denoiser)");
        }
        return condition;
    }
}
