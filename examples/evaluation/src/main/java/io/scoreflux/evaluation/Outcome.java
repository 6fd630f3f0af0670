package io.scoreflux.evaluation;

import io.scoreflux.Sample;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How one row ended.
 *
 * @param end the state at the last noise level, or empty if the row failed
 * @param calls denoiser evaluations, at least 0
 * @param rounds denoiser evaluations one after the other, at least 0
 * @param estimate the solver's own estimate of the distance from the exact end, in the data's units, or empty
 */
public record Outcome(Optional<double[]> end, long calls, long rounds, OptionalDouble estimate) {

    /**
     * Of a sample.
     *
     * @param radius that its certificate's error is relative to
     */
    public static Outcome of(Sample sample, double radius) {
        OptionalDouble error = sample.certificate().error();
        return new Outcome(
                sample.failed() ? Optional.empty() : Optional.of(sample.values()),
                sample.certificate().calls(),
                sample.certificate().rounds(),
                error.isPresent() ? OptionalDouble.of(error.getAsDouble() * radius) : error);
    }
}
