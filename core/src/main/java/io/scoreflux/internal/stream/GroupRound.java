package io.scoreflux.internal.stream;

import io.scoreflux.internal.Kernels;
import io.scoreflux.solve.RunGroup;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Trajectories in a stage that take the same steps, with their current round of queries. If one of them has no finite value, the group ends, and
 * the others may form another one.
 */
final class GroupRound extends PendingRound {
    private final RunGroup group;
    private final List<TrajectoryRound> trajectories = new ArrayList<>();
    /** Whether the group has thrown, so that its content is unknown. */
    private boolean broken;

    /** Why rows of a round that keeps its queries have no values; null if all have. */
    private @Nullable Throwable @Nullable [] reasons;

    GroupRound(RunGroup group, Rail rail) {
        super(rail);
        this.group = group;
    }

    /** Adds a trajectory that does not wait for values; false if it takes other steps. */
    boolean add(TrajectoryRound one) {
        trajectories.add(one);
        boolean added = false;
        try {
            added = group.add(one.run);
        } finally {
            if (!added) {
                trajectories.remove(trajectories.size() - 1);
            }
        }
        count = trajectories.size();
        return added;
    }

    /** Ends the group and brings its trajectories up to date. If that throws, they fail. */
    void release() {
        ended = true;
        try {
            group.release();
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private void fail(RuntimeException e) {
        broken = true;
        for (TrajectoryRound one : trajectories) {
            one.solverThrew(e);
            one.ended = true;
        }
    }

    /** Returns whether the group can be used again. */
    boolean isReusable() {
        return !broken;
    }

    /** Ends a group that has not asked, so that its trajectories continue alone for the rest of the stage. */
    void disband() {
        release();
        for (TrajectoryRound one : trajectories) {
            one.joins = false;
        }
    }

    /** Removes the trajectories of a group that has ended, so that it can be used again. */
    void clear() {
        trajectories.clear();
        reasons = null;
        waits = false;
        ended = false;
        count = 0;
    }

    @Override
    int size() {
        return trajectories.size();
    }

    @Override
    TrajectoryRound trajectory(int i) {
        return trajectories.get(i);
    }

    @Override
    boolean query(Rows batch) {
        int at = batch.count();
        try {
            group.ask(batch);
        } catch (RuntimeException e) {
            // Each machine will throw again, and fail its own sample.
            broken = true;
            batch.truncate(at);
            disband();
            return false;
        }
        appended(batch, at, trajectories.size());
        return waits;
    }

    @Override
    long expire() {
        // With a deadline there are no groups.
        return Long.MAX_VALUE;
    }

    @Override
    void forgetFailures() {
        reasons = null;
    }

    @Override
    void failed(int row, int some, Throwable reason) {
        Throwable[] each = reasons;
        if (each == null) {
            each = new Throwable[count];
            reasons = each;
        }
        Arrays.fill(each, row, row + some, reason);
    }

    @Override
    boolean tell(Rows asked, double[] values, int firstRow, boolean finite) {
        waits = false;
        @Nullable Throwable[] each = isKept() ? reasons : null;
        if (each == null && (finite || Kernels.allFinite(values, asked.offset(firstRow), count * dimension))) {
            try {
                group.tell(asked, values, firstRow);
                if (group.done()) {
                    release();
                    for (TrajectoryRound one : trajectories) {
                        one.ended = one.run.done();
                    }
                }
            } catch (RuntimeException e) {
                release();
                fail(e);
            }
            return ended;
        }
        release();
        for (int i = 0; i < trajectories.size(); i++) {
            TrajectoryRound one = trajectories.get(i);
            Throwable reason = each == null ? null : each[i];
            one.leaves();
            if (reason == null) {
                one.tell(asked, values, firstRow + i, false);
            } else {
                one.tellThrown(asked.sigma(firstRow + i), reason);
            }
        }
        return true;
    }

    @Override
    void tellThrown(double sigma, Throwable reason) {
        waits = false;
        release();
        for (TrajectoryRound one : trajectories) {
            one.tellThrown(sigma, reason);
        }
    }
}
