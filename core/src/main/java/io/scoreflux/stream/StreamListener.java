package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import org.jspecify.annotations.Nullable;

/**
 * Receives events of trajectories and of denoiser calls. A sampler's listener receives those of all its subscribers, a gateway's listener
 * those of all its samplers. Trajectories are read-only. The computing threads call the listener, several at once: it must be thread-safe
 * and must not block or throw. If a sampler's listener throws, the stream that called it fails. If a gateway's listener throws, the error
 * goes to Reactor's {@code onErrorDropped} hook. A listener that keeps a trajectory keeps its memory in use. All methods do nothing by
 * default.
 */
public interface StreamListener {

    /** A listener that does nothing. */
    StreamListener NONE = new StreamListener() {};

    /** Called when a trajectory enters a stage. Stages are counted from 0 at the largest noise level, or for encoding at the smallest. */
    default void entered(int stage, Trajectory trajectory) {}

    /** Called when a trajectory reaches the end of a stage or fails in it. */
    default void left(StageSummary summary) {}

    /** Called for each trajectory that is in a stage when its subscriber cancels or its stream fails. */
    default void abandoned(int stage, Trajectory trajectory) {}

    /** Called when a trajectory reaches the last noise level or fails. It then waits for delivery. */
    default void finished(Trajectory trajectory) {}

    /** Called when a trajectory is about to be delivered. */
    default void delivered(Trajectory trajectory) {}

    /** Called when the {@link FaultPolicy} skips a failed trajectory instead of delivering it. */
    default void skipped(Trajectory trajectory) {}

    /**
     * Called when a gateway sends a call.
     *
     * @param rows the number of rows in the call
     * @param waited nanoseconds since the first of its rows was submitted
     */
    default void called(int rows, long waited) {}

    /**
     * Called when a call ends.
     *
     * @param rows the number of rows in the call
     * @param took nanoseconds since it was sent, including retries and the delays before them
     * @param error the error, or null; if the call is divided, its rows are sent again in smaller calls
     */
    default void ended(int rows, long took, @Nullable Throwable error) {}

    /** Called when a call has failed with a transport error and will be repeated. */
    default void retried(Throwable error) {}

    /**
     * The steps and calls of a trajectory in one stage.
     *
     * @param stage the stage, counted from 0
     * @param trajectory the trajectory at the end of the stage; its residual and degree are those of its last step
     * @param steps steps accepted in this stage
     * @param rejected steps rejected in this stage
     * @param calls denoiser evaluations in this stage
     */
    record StageSummary(int stage, Trajectory trajectory, int steps, int rejected, long calls) {}
}
