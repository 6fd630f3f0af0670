package io.scoreflux.solve;

import io.scoreflux.internal.Values;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A state of a trajectory at one noise level, and the denoiser's value there. Points are equal if all of their numbers are equal.
 *
 * @param sigma the canonical noise level
 * @param z the state; not copied
 * @param denoised the value D(z; sigma) of the denoiser; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by contents; not copied, because a trace has many points.
public record TracePoint(double sigma, double[] z, double[] denoised) {
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TracePoint that
                && Double.compare(sigma, that.sigma) == 0
                && Arrays.equals(z, that.z)
                && Arrays.equals(denoised, that.denoised);
    }

    @Override
    public int hashCode() {
        return Objects.hash(sigma, Arrays.hashCode(z), Arrays.hashCode(denoised));
    }

    @Override
    public String toString() {
        return "TracePoint[sigma=" + sigma + ", z=" + Values.shown(z) + ", denoised=" + Values.shown(denoised) + "]";
    }
}
