package io.scoreflux;

import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import io.scoreflux.solve.DivergenceIntegrals;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A state carried from data to noise, and the log-density of where it came from.
 *
 * @param sample its state at the largest noise level, with accuracy and cost; failed samples have no log-density
 * @param logDensity {@code ln p(x)} in nats at the least noise level, of the law of this sampler's samples there; NaN if the sample failed
 * @param standardError of the log-density, from the spread of the probes; empty where it is exact or there is one probe. Its square is
 *     unbiased, itself it scatters: with n probes an estimate is off by multiples of it that follow Student's t with n - 1 degrees
 *     of freedom. With 8 probes one in 20 is off by more than 2.4 of it and one in 50 by more than 3, with 2 probes one in 5
 *     by more than 3; more are where D follows few directions. The solver's error and the rounding of differences are not in it
 */
public record Encoded(Sample sample, double logDensity, OptionalDouble standardError) {

    /** From the log-density of the end under the law of starts and the integrals over the way. */
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
     * Bits for each number of a row: {@code (-ln p / d + ln(levels per unit)) / ln 2}. For data whose numbers lie on a grid, as grey levels
     * do, each grid cell has probability {@code p / (levels per unit)^d} about; the state must then be the data with uniform noise of one cell.
     *
     * @param levelsPerUnit cells of the grid for each unit of the data, such as 127.5 for 256 grey levels scaled to [-1, 1]; 1
     *     for the density itself
     */
    public double bitsPerDimension(double levelsPerUnit) {
        Require.positive("levelsPerUnit", levelsPerUnit);
        return (StrictMath.log(levelsPerUnit) - logDensity / sample.dimension()) / StrictMath.log(2);
    }

    /** The log-density for JSON mappers, or null if the sample failed. */
    public @Nullable Double getLogDensity() {
        return Values.finiteOrNull(logDensity);
    }

    /** The standard error for JSON mappers, or null if there is none. */
    public @Nullable Double getStandardError() {
        return Values.finiteOrNull(standardError);
    }
}
