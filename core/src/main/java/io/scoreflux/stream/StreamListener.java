package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import org.jspecify.annotations.Nullable;

/**
 * Is told what becomes of trajectories and of denoiser calls: by a sampler of those of all its subscribers, by a gateway of the calls
 * of all its samplers. Called on the threads that compute, from several at once; it
 * must not throw, block, or keep a trajectory. If a sampler's listener throws, the stream that it was called for fails. If a gateway's
 * listener throws, the error goes to Reactor's {@code onErrorDropped} hook. All methods do nothing by default.
 */
public interface StreamListener {

    /** Is told of everything and does nothing. */
    StreamListener NONE = new StreamListener() {};

    /** A trajectory came into a stage, counted from 0 at the largest noise level; into stage 0 it came from its start. */
    default void entered(int stage, Trajectory trajectory) {}

    /** A trajectory landed at the end of a stage, or failed in it. */
    default void left(Passage passage) {}

    /** A trajectory was in a stage when its subscriber went away, or its stream failed. */
    default void abandoned(int stage, Trajectory trajectory) {}

    /** A trajectory came to its end, or failed, and waits to be delivered. */
    default void finished(Trajectory trajectory) {}

    /** A trajectory is about to be delivered. */
    default void delivered(Trajectory trajectory) {}

    /** A trajectory failed, and the {@link FaultPolicy} has left it out in its turn: it is not delivered. */
    default void skipped(Trajectory trajectory) {}

    /**
     * A gateway sent a call.
     *
     * @param rows in it
     * @param waited nanoseconds since the first of its rows was asked
     */
    default void called(int rows, long waited) {}

    /**
     * A call ended.
     *
     * @param rows in it
     * @param took nanoseconds since it was sent, retries and their waits included
     * @param error why it has no answers, or null; those of its rows that are divided are sent again in other calls
     */
    default void ended(int rows, long took, @Nullable Throwable error) {}

    /** A call failed in transport and will be repeated. */
    default void retried(Throwable error) {}

    /**
     * What a trajectory did in a stage.
     *
     * @param stage counted from 0
     * @param trajectory as it left: its residual and degree are those of its last step
     * @param steps solved in this stage
     * @param rejected steps refused in this stage
     * @param calls denoiser evaluations in this stage
     */
    record Passage(int stage, Trajectory trajectory, int steps, int rejected, long calls) {}
}
