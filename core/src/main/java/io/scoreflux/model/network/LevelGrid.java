package io.scoreflux.model.network;

import io.scoreflux.noise.NoiseSchedule;
import io.scoreflux.state.Rows;

/**
 * The noise levels of whole timesteps, at which a network with an integer time is defined. D at a level s between two of them is interpolated
 * from D at the same state z and these two levels.
 *
 * <p>The interpolated quantity is {@code v = (z / (1 + s^2) - D) sqrt(1 + s^2) / s}, linearly in the timestep. It is smooth and bounded at all
 * levels, whereas D itself varies like s at low levels, and the noise (z - D) / s cancels at high ones. The error is of second order in the
 * distance of the levels, and D is continuous in s, which solvers of high order require.
 */
final class LevelGrid {
    private final NoiseSchedule schedule;
    private final int first;
    private final int last;

    /** Creates the grid of a schedule whose time is bounded. */
    LevelGrid(NoiseSchedule schedule) {
        this.schedule = schedule;
        this.first = schedule.ofTimestep(0) > 0 ? 0 : 1;
        double most = schedule.maxSigma();
        // Without a largest level, timestep 1000 is the limit of noise alone.
        this.last = most < Double.POSITIVE_INFINITY ? (int) Math.floor(schedule.timestep(most) + 1e-9) : 999;
    }

    private int below(double sigma) {
        return Math.max(first, Math.min(last - 1, (int) Math.floor(schedule.timestep(sigma))));
    }

    /** Returns two rows for each row: its state and condition at the level below and at the level above its own. */
    Rows expanded(Rows in) {
        Rows both = new Rows(in.dimension(), Math.max(1, 2 * in.count()));
        for (int row = 0; row < in.count(); row++) {
            int below = below(in.sigma(row));
            both.append(in.values(), in.offset(row), schedule.ofTimestep(below));
            both.append(in.values(), in.offset(row), schedule.ofTimestep(below + 1));
            both.condition(2 * row, in.condition(row));
        }
        return both;
    }

    /** Writes D for the rows, from the values for the expanded rows. */
    void combine(Rows in, double[] values, double[] out) {
        int d = in.dimension();
        for (int row = 0; row < in.count(); row++) {
            double s = in.sigma(row);
            int below = below(s);
            double above = Math.max(0, Math.min(1, schedule.timestep(s) - below));
            double s0 = schedule.ofTimestep(below);
            double s1 = schedule.ofTimestep(below + 1);
            double scale = s / StrictMath.hypot(1, s);
            double weight0 = (1 - above) * scale * StrictMath.hypot(1, s0) / s0;
            double weight1 = above * scale * StrictMath.hypot(1, s1) / s1;
            double ofState = 1 / (1 + s * s) - weight0 / (1 + s0 * s0) - weight1 / (1 + s1 * s1);
            int at0 = 2 * row * d;
            for (int i = 0; i < d; i++) {
                out[row * d + i] = ofState * in.values()[in.offset(row) + i]
                        + weight0 * values[at0 + i]
                        + weight1 * values[at0 + d + i];
            }
        }
    }
}
