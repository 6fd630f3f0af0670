package io.scoreflux.service.api;

import io.scoreflux.solve.Trajectory;
import io.scoreflux.stream.StreamListener;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Counts the trajectories of one stream in its stages, and its calls. */
final class StreamProgress implements StreamListener {
    private final StreamListener next;
    private final int[] inFlight;
    private final double[] sigma;
    private final int[] degree;
    private long calls;

    /**
     * Creates a listener.
     *
     * @param next receives the events too
     */
    StreamProgress(int stages, StreamListener next) {
        this.next = next;
        inFlight = new int[stages];
        sigma = new double[stages];
        degree = new int[stages];
    }

    /**
     * The state of a stage.
     *
     * @param trajectories the number of trajectories in the stage
     * @param sigma the noise level of the trajectory that entered or left the stage last, or null before the first
     * @param degree the degree of that trajectory's last step, or null
     */
    record StageState(
            int trajectories,
            @Nullable Double sigma,
            @Nullable Integer degree) {}

    /**
     * The state of a stream.
     *
     * @param calls denoiser evaluations, counted when a trajectory leaves a stage
     * @param delivered the number of samples sent
     * @param requested the number of samples requested
     * @param stages the stages, from the largest noise level
     */
    record Snapshot(long calls, long delivered, long requested, List<StageState> stages) {}

    synchronized Snapshot snapshot(SampleStream stream) {
        List<StageState> stages = new ArrayList<>();
        for (int i = 0; i < inFlight.length; i++) {
            boolean used = sigma[i] > 0;
            stages.add(new StageState(inFlight[i], used ? (Double) sigma[i] : null, used ? (Integer) degree[i] : null));
        }
        return new Snapshot(calls, stream.delivered(), stream.requested(), stages);
    }

    private synchronized void count(int stage, int change, Trajectory trajectory, long more) {
        if (stage < inFlight.length) {
            inFlight[stage] += change;
            sigma[stage] = trajectory.sigma();
            degree[stage] = trajectory.degree();
        }
        calls += more;
    }

    @Override
    public void entered(int stage, Trajectory trajectory) {
        count(stage, 1, trajectory, 0);
        next.entered(stage, trajectory);
    }

    @Override
    public void left(StageSummary summary) {
        count(summary.stage(), -1, summary.trajectory(), summary.calls());
        next.left(summary);
    }

    @Override
    public void abandoned(int stage, Trajectory trajectory) {
        count(stage, -1, trajectory, 0);
        next.abandoned(stage, trajectory);
    }

    @Override
    public void finished(Trajectory trajectory) {
        next.finished(trajectory);
    }

    @Override
    public void delivered(Trajectory trajectory) {
        next.delivered(trajectory);
    }

    @Override
    public void skipped(Trajectory trajectory) {
        next.skipped(trajectory);
    }
}
