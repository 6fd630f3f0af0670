package io.scoreflux;

import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import io.scoreflux.solve.DivergenceIntegrals;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * An encoded state with the log-density of the data that it encodes.
 *
 * @param sample the state at the largest noise level, with accuracy and cost; a failed sample has no log-density
 * @param logDensity {@code ln p(x)} in nats at the smallest noise level, where p is the distribution of this sampler's samples at that
 *     level; NaN if the sample failed
 * @param standardError the standard error of the log-density, from the spread of the probes; empty if the divergence is exact or there is
 *     one probe. Its square is an unbiased estimate of the variance. With n probes, the error divided by the standard error approximately
 *     follows Student's t distribution with n - 1 degrees of freedom. With 8 probes, one error in 20 exceeds 2.4 standard errors and one in
 *     50 exceeds 3; with 2 probes, one in 5 exceeds 3. Larger errors are more frequent if D varies in few directions only. The standard
 *     error includes neither the error of the solver nor the rounding of differences
 */
public record Encoded(Sample sample, double logDensity, OptionalDouble standardError) {

    /** Creates a result from the log-density of the end state under the distribution of initial states, and the integrals along the path. */
    static Encoded of(Sample sample, double logStart, double growth, DivergenceIntegrals integrals) {
        double[] values = integrals.values();
        int n = values.length;
        double mean = 0;
        for (double value : values) {
            mean += value / n;
        }
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        OptionalDouble error = n < 2 ? OptionalDouble.empty() : OptionalDouble.of(Math.sqrt(squares / (n - 1) / n));
        return new Encoded(sample, logStart + growth - mean, error);
    }

    /**
     * Returns the bits per number of a row: {@code (-ln p / d + ln(levels per unit)) / ln 2}. If the numbers of the data lie on a grid,
     * such as grey levels, each grid cell has a probability of about {@code p / (levels per unit)^d}. The state must then be the data plus
     * uniform noise of one cell.
     *
     * @param levelsPerUnit grid cells per unit of the data, such as 127.5 for 256 grey levels scaled to [-1, 1]; 1 for the density itself
     */
    public double bitsPerDimension(double levelsPerUnit) {
        Require.positive("levelsPerUnit", levelsPerUnit);
        return (StrictMath.log(levelsPerUnit) - logDensity / sample.dimension()) / StrictMath.log(2);
    }

    /** Returns the log-density for JSON mappers, or null if the sample failed. */
    public @Nullable Double getLogDensity() {
        return Values.finiteOrNull(logDensity);
    }

    /** Returns the standard error for JSON mappers, or null if there is none. */
    public @Nullable Double getStandardError() {
        return Values.finiteOrNull(standardError);
    }
}
