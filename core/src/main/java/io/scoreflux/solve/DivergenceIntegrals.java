package io.scoreflux.solve;

import io.scoreflux.internal.Values;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What was found of {@code int div D dln s} over the noise range along a trajectory.
 *
 * @param values the integral, or an independent estimate of it by each probe; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by contents.
public record DivergenceIntegrals(double[] values) {
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DivergenceIntegrals that && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return "DivergenceIntegrals[values=" + Values.shown(values) + "]";
    }
}
