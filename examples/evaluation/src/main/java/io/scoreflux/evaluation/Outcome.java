package io.scoreflux.evaluation;

import io.scoreflux.Sample;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The result of one row.
 *
 * @param end the state at the last noise level, or empty if the row failed
 * @param calls denoiser evaluations, at least 0
 * @param rounds sequential denoiser evaluations, at least 0
 * @param estimate the solver's estimate of the distance from the exact end state, in the units of the data, or empty
 */
public record Outcome(Optional<double[]> end, long calls, long rounds, OptionalDouble estimate) {

    /**
     * The outcome of a sample.
     *
     * @param radius the unit of the error in its certificate
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
