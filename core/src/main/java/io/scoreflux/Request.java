package io.scoreflux;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import io.scoreflux.state.Condition;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Asks a sampler for one sample, with settings of its own.
 *
 * @param seed with the index, the sample's identity
 * @param index the sample's number, at least 0
 * @param tolerance the error aimed at, relative to the radius, in (0, 1), or empty for the sampler's
 * @param condition what the sample is to be, or null for the sampler's
 */
public record Request(
        long seed,
        long index,
        OptionalDouble tolerance,
        @Nullable Condition condition) {
    /** Checks the ranges. */
    public Request {
        Require.atLeast("index", index, 0);
        if (tolerance.isPresent() && !(tolerance.getAsDouble() > 0 && tolerance.getAsDouble() < 1)) {
            throw new InvalidArgumentException(
                    "tolerance",
                    "must be greater than 0 and below 1, relative to the radius of the data",
                    tolerance.getAsDouble());
        }
    }

    /** For sample {@code index} of {@code seed}, as the sampler makes it. */
    public static Request of(long seed, long index) {
        return new Request(seed, index, OptionalDouble.empty(), null);
    }

    /** The same at another tolerance. */
    public Request withTolerance(double value) {
        return new Request(seed, index, OptionalDouble.of(value), condition);
    }

    /** The same under a condition. */
    public Request withCondition(Condition value) {
        return new Request(seed, index, tolerance, value);
    }

    /** The tolerance for JSON mappers, or null for the sampler's. */
    public @Nullable Double getTolerance() {
        return Values.finiteOrNull(tolerance);
    }
}
