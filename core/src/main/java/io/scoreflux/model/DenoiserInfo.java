package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.state.Condition;
import io.scoreflux.state.ConditionTensor;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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

    /**
     * Returns the canonical noise levels at which D jumps for some condition. The value at such a level belongs to the range below it. Adaptive
     * solvers solve the ranges between jumps separately, except in encoding. Defaults to none.
     */
    default double[] jumps() {
        return new double[0];
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
     * {@link #classes} - 1, the tensors of {@link #checkTensors}, and no payload. Denoisers that accept payloads override this method and
     * {@link #isConditional}.
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
        checkTensors(condition.tensors());
    }

    /**
     * Checks that the denoiser accepts the tensors of a condition, or their absence: a row without a condition has none. By default, the
     * denoiser accepts no tensors and needs none.
     *
     * @param tensors the tensors by name; empty for a row without a condition
     * @throws IllegalArgumentException if the denoiser does not accept a tensor, or a tensor is missing
     */
    default void checkTensors(Map<String, ConditionTensor> tensors) {
        if (!tensors.isEmpty()) {
            throw new InvalidArgumentException(
                    "tensors",
                    "must be absent, as the denoiser accepts none",
                    new TreeMap<>(tensors).toString(),
                    "leave them out",
                    "declare condition inputs of the network");
        }
    }

    /** Returns whether the denoiser accepts conditions with a guidance weight other than 1; see {@link Guidance}. Defaults to false. */
    default boolean supportsGuidance() {
        return false;
    }

    /** Returns the largest number of evaluations of the model for one row under a condition; at least 1. Defaults to 1. */
    default int evaluations(@Nullable Condition condition) {
        return 1;
    }

    /**
     * Returns the number of evaluations of the model for one row under a condition at a noise level; at least 1. Defaults to
     * {@link #evaluations(Condition)}.
     *
     * @param sigma the canonical noise level of the row
     */
    default int evaluations(@Nullable Condition condition, double sigma) {
        return evaluations(condition);
    }

    /**
     * Checks that a denoiser accepts a condition and its guidance weight, and returns the condition. Null is accepted unless the denoiser
     * needs the tensors of a condition.
     *
     * @throws IllegalArgumentException if the denoiser does not accept the condition or the weight
     */
    static @Nullable Condition require(DenoiserInfo denoiser, @Nullable Condition condition) {
        if (condition == null) {
            denoiser.checkTensors(Map.of());
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
