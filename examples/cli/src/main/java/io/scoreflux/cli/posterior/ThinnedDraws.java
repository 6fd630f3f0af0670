package io.scoreflux.cli.posterior;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Draws for quantiles: all of them, or, when there are too many to keep, every second, fourth, ... */
public final class ThinnedDraws {
    private static final int MOST = 1 << 17;

    private final List<double[]> kept = new ArrayList<>();
    private long every = 1;
    private long seen;

    /** Adds one; not copied. */
    public void add(double[] values) {
        if (seen++ % every != 0) {
            return;
        }
        if (kept.size() == MOST) {
            for (int k = 0; k < MOST / 2; k++) {
                kept.set(k, kept.get(2 * k));
            }
            kept.subList(MOST / 2, MOST).clear();
            every *= 2;
            if ((seen - 1) % every != 0) {
                return;
            }
        }
        kept.add(values);
    }

    /**
     * Quantiles of one coordinate, interpolated between the draws around them (Hyndman and Fan 1996, definition 7); NaN without draws.
     *
     * @param levels in [0, 1]
     */
    public double[] quantiles(int coordinate, double... levels) {
        double[] sorted =
                kept.stream().mapToDouble(values -> values[coordinate]).sorted().toArray();
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
