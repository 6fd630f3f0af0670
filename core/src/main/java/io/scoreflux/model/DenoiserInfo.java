package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.state.Condition;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is known of a denoiser before it is called. */
public interface DenoiserInfo {

    /** Numbers in a row, at least 1. */
    int dimension();

    /** Mean and covariance of the data, where they are known: they give the radius and a better start. */
    default Optional<Moments> moments() {
        return Optional.empty();
    }

    /** The largest canonical noise level that it can be asked for; by default there is none. */
    default double maxSigma() {
        return Double.POSITIVE_INFINITY;
    }

    /**
     * The relative rounding of its answers, from 2^-53, the default, to 0.01: {@code 2^-24} for networks in single precision. Differences
     * of answers are taken over longer steps where it is larger, and no certificate says less than it does to the sample.
     */
    default double rounding() {
        return 0x1p-53;
    }

    /** How many labels it knows, 0 to classes - 1; by default none, and rows have no conditions. */
    default int classes() {
        return 0;
    }

    /** Whether it answers conditions whose guidance is not 1; see {@link Guidance}. */
    default boolean guides() {
        return false;
    }

    /** Evaluations of the model that one row under a condition takes, at least 1. */
    default int evaluations(@Nullable Condition condition) {
        return 1;
    }

    /**
     * A condition that a denoiser can answer, or null.
     *
     * @throws IllegalArgumentException if it cannot
     */
    static @Nullable Condition require(DenoiserInfo denoiser, @Nullable Condition condition) {
        if (condition == null) {
            return null;
        }
        int classes = denoiser.classes();
        if (condition.label() >= classes) {
            throw classes == 0
                    ? new InvalidArgumentException(
                            "label",
                            "must be absent, as the denoiser knows no classes",
                            condition.label(),
                            "leave out {label}",
                            "take a denoiser whose classes() is greater than 0")
                    : new InvalidArgumentException(
                            "label",
                            "must be below " + classes + ", the number of classes that the denoiser knows",
                            condition.label(),
                            "give one of 0 to " + (classes - 1));
        }
        if (condition.guidance() != 1 && !denoiser.guides()) {
            throw new InvalidArgumentException(
                    "guidance",
                    "must be 1, as the denoiser answers one branch only",
                    condition.guidance(),
                    "wrap the denoiser: Guidance.of(denoiser)");
        }
        return condition;
    }
}
