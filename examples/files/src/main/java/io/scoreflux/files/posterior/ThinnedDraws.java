package io.scoreflux.files.posterior;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Draws for quantiles: all of them, or, if there are too many, every second, fourth, ... of each chain. Whether a draw is kept depends only
 * on its index in its chain, so that all chains are represented equally.
 */
public final class ThinnedDraws {
    private static final int MOST = 1 << 17;

    private final List<Kept> kept = new ArrayList<>();
    private long every = 1;

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Kept(long number, double[] values) {}

    /**
     * Adds a draw, without copying it.
     *
     * @param number index of the draw in its chain
     */
    public void add(long number, double[] values) {
        if (number % every != 0) {
            return;
        }
        kept.add(new Kept(number, values));
        while (kept.size() > MOST) {
            every *= 2;
            kept.removeIf(one -> one.number() % every != 0);
        }
    }

    /**
     * Quantiles of one coordinate, by interpolation between the neighbouring draws (Hyndman and Fan 1996, definition 7); NaN without draws.
     *
     * @param levels in [0, 1]
     */
    public double[] quantiles(int coordinate, double... levels) {
        double[] sorted = kept.stream()
                .mapToDouble(one -> one.values()[coordinate])
                .sorted()
                .toArray();
        return Arrays.stream(levels)
                .map(level -> {
                    if (sorted.length == 0) {
                        return Double.NaN;
                    }
                    double at = level * (sorted.length - 1);
                    int below = (int) Math.min(at, sorted.length - 1);
                    int above = Math.min(below + 1, sorted.length - 1);
                    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
                })
                .toArray();
    }
}
