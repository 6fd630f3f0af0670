package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The time per row of a denoiser in calls with 1, 2, 4 and more rows. Calls with few rows cost more per row, and calls with many rows may exceed
 * the caches of the processor.
 *
 * <p>Nothing in this library chooses a number of rows by itself, because the last digits of a network's values depend on it and no two
 * measurements are the same. Measure once, and set {@link io.scoreflux.SamplerBuilder#maxRows} and
 * {@link io.scoreflux.SamplerBuilder#concurrency}, or {@link io.scoreflux.model.network.TensorDenoiserBuilder#fixedRows}, to the result.
 *
 * @param times the times, by ascending number of rows; not empty
 */
public record RowsPerCall(List<Time> times) {
    /** The relative difference of times that does not count. */
    private static final double SAME = 0.02;

    private static final int MOST_ROWS = 1024;
    private static final int MOST_NUMBERS = 1 << 26;
    /** Calls are repeated, twice as often each time, until two groups of them have taken this time and the time of a call no longer falls. */
    private static final long ENOUGH_NANOS = 100_000_000;

    private static final int MOST_CALLS = 1 << 22;
    /** The first series of measurements ends after this many doublings without a gain. */
    private static final int IN_VAIN = 3;
    /** The number of series. Other work on the machine only adds time, so the least times count. */
    private static final int SERIES = 3;

    /**
     * The time of a row.
     *
     * @param rows the number of rows of a call, at least 1
     * @param nanosPerRow the time of a call divided by its number of rows, at least 0
     */
    public record Time(int rows, double nanosPerRow) {
        /** Checks the ranges. */
        public Time {
            Require.atLeast("rows", rows, 1);
            Require.within("nanosPerRow", nanosPerRow, 0, Double.POSITIVE_INFINITY);
        }
    }

    /** Copies the times. */
    public RowsPerCall {
        times = List.copyOf(times);
        Require.atLeast("the number of times", times.size(), 1);
    }

    /**
     * Measures a denoiser on the calling thread. Doubles the number of rows until this gains nothing more, up to {@value #MOST_ROWS}. Calls are
     * repeated until their time no longer falls, because the virtual machine compiles their code in the first ones. All numbers of rows are
     * measured in {@value #SERIES} series, and the least times count.
     *
     * @param denoiser the denoiser
     * @param sigma the noise level of the rows, which are random
     * @param condition the condition of all rows, or null
     * @param clock the time in nanoseconds: {@link System#nanoTime} on a machine without other work, otherwise the processor time of the
     *     thread, if the denoiser computes on the calling thread
     */
    public static RowsPerCall measure(
            Denoiser denoiser, double sigma, @Nullable Condition condition, LongSupplier clock) {
        Objects.requireNonNull(denoiser, "denoiser");
        Objects.requireNonNull(clock, "clock");
        List<Time> times = new ArrayList<>();
        double least = Double.POSITIVE_INFINITY;
        int inVain = 0;
        for (int n = 1;
                n <= MOST_ROWS && (n == 1 || (long) n * denoiser.dimension() <= MOST_NUMBERS) && inVain < IN_VAIN;
                n *= 2) {
            Time time = time(denoiser, random(denoiser.dimension(), sigma, condition, n), clock);
            times.add(time);
            inVain = time.nanosPerRow() < (1 - SAME) * least ? 0 : inVain + 1;
            least = Math.min(least, time.nanosPerRow());
        }
        for (int series = 1; series < SERIES; series++) {
            times.replaceAll(before -> {
                Time again = time(denoiser, random(denoiser.dimension(), sigma, condition, before.rows()), clock);
                return again.nanosPerRow() < before.nanosPerRow() ? again : before;
            });
        }
        return new RowsPerCall(times);
    }

    private static Time time(Denoiser denoiser, Rows rows, LongSupplier clock) {
        double[] out = new double[rows.count() * rows.dimension()];
        double least = Double.POSITIVE_INFINITY;
        for (int calls = 1; calls <= MOST_CALLS; calls *= 2) {
            long start = clock.getAsLong();
            for (int call = 0; call < calls; call++) {
                denoiser.denoise(rows, out);
            }
            long nanos = clock.getAsLong() - start;
            if (nanos >= ENOUGH_NANOS) {
                double each = (double) nanos / calls;
                if (each > (1 - SAME) * least) {
                    return new Time(rows.count(), Math.min(least, each) / rows.count());
                }
                least = each;
            }
        }
        throw new InvalidArgumentException(
                "clock",
                "must advance by " + ENOUGH_NANOS + " ns within " + MOST_CALLS + " calls",
                null,
                "give a clock in nanoseconds, such as System::nanoTime");
    }

    private static Rows random(int dimension, double sigma, @Nullable Condition condition, int count) {
        NormalStream normals = new NoiseSource(0).normals(Purpose.START, 0);
        Rows rows = new Rows(dimension, count);
        double[] z = new double[dimension];
        for (int row = 0; row < count; row++) {
            normals.fill(z, 0, dimension);
            for (int i = 0; i < dimension; i++) {
                z[i] *= sigma;
            }
            rows.append(z, 0, sigma);
            rows.condition(row, condition);
        }
        return rows;
    }

    /** Returns the smallest number of rows whose time is within 2 per cent of the least. */
    public int fastest() {
        double least = times.stream().mapToDouble(Time::nanosPerRow).min().orElseThrow();
        return times.stream()
                .filter(time -> time.nanosPerRow() <= (1 + SAME) * least)
                .mapToInt(Time::rows)
                .min()
                .orElseThrow();
    }
}
