package io.scoreflux.solve;

import io.scoreflux.internal.Values;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The integral {@code int div D dln s} over the noise range along one trajectory.
 *
 * @param values the exact integral as a single entry, or one independent estimate of it for each probe; not copied
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
