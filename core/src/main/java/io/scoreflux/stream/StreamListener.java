package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import org.jspecify.annotations.Nullable;

/**
 * Receives events of trajectories and of denoiser calls. A sampler's listener receives those of all its subscribers, a gateway's listener
 * those of all its samplers. Trajectories are read-only. The threads that compute call it, several at once; it must be thread-safe and must
 * not block or throw. If a sampler's listener throws, the stream that called it fails. If a gateway's listener throws, the error goes to
 * Reactor's {@code onErrorDropped} hook. A listener that keeps a trajectory keeps its memory in use. All methods do nothing by default.
 */
public interface StreamListener {

    /** A listener that does nothing. */
    StreamListener NONE = new StreamListener() {};

    /** A trajectory entered a stage; stages are counted from 0 at the largest noise level. */
    default void entered(int stage, Trajectory trajectory) {}

    /** A trajectory reached the end of a stage, or failed in it. */
    default void left(StageSummary summary) {}

    /** A trajectory was in a stage when its subscriber cancelled or its stream failed. */
    default void abandoned(int stage, Trajectory trajectory) {}

    /** A trajectory reached the last noise level, or failed, and waits to be delivered. */
    default void finished(Trajectory trajectory) {}

    /** A trajectory is about to be delivered. */
    default void delivered(Trajectory trajectory) {}

    /** A trajectory failed, and the {@link FaultPolicy} skipped it instead of delivering it. */
    default void skipped(Trajectory trajectory) {}

    /**
     * A gateway sent a call.
     *
     * @param rows in it
     * @param waited nanoseconds since the first of its rows was submitted
     */
    default void called(int rows, long waited) {}

    /**
     * A call ended.
     *
     * @param rows in it
     * @param took nanoseconds since it was sent, retries and their waits included
     * @param error why it failed, or null; if the call is divided, its rows are sent again in smaller calls
     */
    default void ended(int rows, long took, @Nullable Throwable error) {}

    /** A call failed in transport and will be repeated. */
    default void retried(Throwable error) {}

    /**
     * The summary of a trajectory through a stage.
     *
     * @param stage counted from 0
     * @param trajectory at the end of the stage: its residual and degree are those of its last step
     * @param steps accepted in this stage
     * @param rejected steps rejected in this stage
     * @param calls denoiser evaluations in this stage
     */
    record StageSummary(int stage, Trajectory trajectory, int steps, int rejected, long calls) {}
}
