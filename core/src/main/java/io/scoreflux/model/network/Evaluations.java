package io.scoreflux.model.network;

import io.scoreflux.state.Rows;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The evaluations of a network for the rows of a batch, in the order of its calls. For most networks these are the rows themselves. If the
 * network is defined only at whole timesteps, each row has two evaluations, at the timesteps below and above its noise level. If the time is
 * one number for each call, the evaluations are sorted by noise level, and those with different levels are in different calls.
 */
public final class Evaluations {
    private final Rows in;
    private final Rows rows;
    private final @Nullable LevelGrid grid;
    /** The index in the unsorted evaluations of each evaluation; null if they are not sorted. */
    private final Integer @Nullable [] order;

    private final boolean oneLevelPerCall;

    Evaluations(Rows in, @Nullable LevelGrid grid, boolean oneLevelPerCall) {
        this.in = in;
        this.grid = grid;
        this.oneLevelPerCall = oneLevelPerCall;
        Rows all = grid == null ? in : grid.expanded(in);
        if (oneLevelPerCall && callRows(all, 0, all.count()) < all.count()) {
            this.order = IntStream.range(0, all.count())
                    .boxed()
                    .sorted(Comparator.comparingDouble(all::sigma))
                    .toArray(Integer[]::new);
            this.rows = new Rows(all.dimension(), all.count());
            for (Integer row : order) {
                rows.appendAll(all, row, 1);
            }
        } else {
            this.order = null;
            this.rows = all;
        }
    }

    /** Returns the evaluations: states, noise levels and conditions. Must not be modified. */
    public Rows rows() {
        return rows;
    }

    /**
     * Returns the number of evaluations in one call.
     *
     * @param first the index of the first evaluation of the call
     * @param maxRows the maximum number of rows of a call, at least 1
     */
    public int callRows(int first, int maxRows) {
        return callRows(rows, first, Math.min(maxRows, rows.count() - first));
    }

    private int callRows(Rows all, int first, int most) {
        int count = oneLevelPerCall ? Math.min(1, most) : most;
        while (count < most && all.sigma(first + count) == all.sigma(first)) {
            count++;
        }
        return count;
    }

    /** Returns whether the values of evaluations are those of the rows. */
    boolean isDirect() {
        return grid == null && order == null;
    }

    /**
     * Returns the values of the denoiser for the rows of the batch.
     *
     * @param values D of all evaluations, row-major; may be returned
     */
    public double[] combine(double[] values) {
        double[] out = isDirect() ? values : new double[in.count() * in.dimension()];
        combine(values, out);
        return out;
    }

    /** Writes the values for the rows of the batch to {@code out}, which is {@code values} if they are direct. */
    void combine(double[] values, double[] out) {
        if (isDirect()) {
            return;
        }
        int d = in.dimension();
        double[] unsorted = values;
        if (order != null) {
            unsorted = grid == null ? out : new double[values.length];
            for (int i = 0; i < order.length; i++) {
                System.arraycopy(values, i * d, unsorted, order[i] * d, d);
            }
        }
        if (grid != null) {
            grid.combine(in, unsorted, out);
        }
    }
}
