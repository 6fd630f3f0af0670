package io.scoreflux;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import io.scoreflux.state.Condition;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A request for one sample, optionally with its own tolerance and condition.
 *
 * @param seed the seed; seed and index identify the sample
 * @param index the index of the sample, at least 0
 * @param tolerance the tolerance, relative to the radius of the data, in (0, 1), or empty for that of the sampler
 * @param condition the condition of the sample, or null for that of the sampler
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

    /** Returns a request for sample {@code index} of {@code seed}, with the settings of the sampler. */
    public static Request of(long seed, long index) {
        return new Request(seed, index, OptionalDouble.empty(), null);
    }

    /** Returns the same request with another tolerance. */
    public Request withTolerance(double value) {
        return new Request(seed, index, OptionalDouble.of(value), condition);
    }

    /** Returns the same request with another condition. */
    public Request withCondition(Condition value) {
        return new Request(seed, index, tolerance, value);
    }

    /** Returns the tolerance for JSON mappers, or null for that of the sampler. */
    public @Nullable Double getTolerance() {
        return Values.finiteOrNull(tolerance);
    }
}
