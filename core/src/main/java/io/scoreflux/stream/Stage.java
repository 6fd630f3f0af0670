package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/**
 * A custom stage between two of the sampler's stages. It receives each trajectory as soon as the trajectory reaches the noise level where
 * the previous stage ends, and can read its state. The order of the trajectories is not defined. {@link #observe}, {@link #filter} and
 * {@link #publishOn} create the usual stages:
 *
 * <pre>{@code
 * builder.afterStage(0, Stage.filter(t -> t.z(0) > 0))                // leave some samples out
 *        .afterStage(1, Stage.observe(t -> record(t.sigma(), t.z()))) // read them
 *        .afterStage(2, Stage.publishOn(scheduler));                  // pass them to another thread
 * }</pre>
 *
 * <p>These stages fulfil the contract below. Several custom stages after the same stage of the sampler run in the order in which they were
 * added.
 *
 * <h2>The general form</h2>
 *
 * A stage is a function from a stream of trajectories to a stream of trajectories, composed of Reactor's operators. The sampler applies it
 * once for each subscriber, and for each rail of a subscriber.
 *
 * <ul>
 *   <li>A stage passes each trajectory on once, or discards it as Reactor's operators do ({@code filter}, {@code filterWhen},
 *       {@code distinct}, {@code skip}; a custom operator calls {@code Operators.onDiscard}). The stream fails if a stage passes a
 *       trajectory on twice or passes on one of another stream, or if it subscribes a second time to the stages before it
 *       ({@code retry}, {@code repeat}).
 *   <li>Some operators drop a trajectory without a discard: {@code handle} and {@code mapNotNull} that emit nothing, {@code flatMap} and
 *       {@code concatMap} to an empty publisher, and {@code map} or {@code doOnNext} that throw before an {@code onErrorContinue}. Delivery
 *       in order of index then waits for that trajectory. If the stream ends before twice the concurrency of samples wait for it, the sample is
 *       missing without an error. Otherwise the stream fails, unless a stage holds a trajectory. Use {@code filter}, or {@code filterWhen}
 *       for an asynchronous decision.
 *   <li>A stage may hold trajectories back, for example to collect them. These trajectories count as unfinished. While the stage requests
 *       more and nothing else can be computed, it receives more, one at a time, up to the concurrency. Give {@code publishOn} and
 *       {@code flatMap} a small prefetch.
 *   <li>A stage may branch. A trajectory that one branch discards and another passes on counts as passed on, in either order and however
 *       late. Delivery in order of index waits for the trajectory, while up to twice the concurrency of samples wait behind it, as long as
 *       {@code Scannable} shows that the stage may still pass it on. An operator that is not one of Reactor's, or does not show its
 *       branches, may pass a discarded trajectory on too late; then the stream fails. {@link Order#AS_READY} does not wait, and accepts the
 *       trajectory at any time.
 * </ul>
 */
@FunctionalInterface
public interface Stage extends UnaryOperator<Flux<Trajectory>> {

    /**
     * Returns a stage that calls an action with each trajectory and passes it on.
     *
     * @param action must not block; if it throws, the stream fails
     */
    static Stage observe(Consumer<? super Trajectory> action) {
        Objects.requireNonNull(action, "action");
        return trajectories -> trajectories.doOnNext(action);
    }

    /**
     * Returns a stage that passes on the trajectories that fulfil a condition. The other trajectories are left out of the stream of samples
     * and are not computed further; new trajectories start in their place.
     *
     * @param condition must not block; if it throws, the stream fails. {@link Trajectory#z(int)} reads the state without a copy
     */
    static Stage filter(Predicate<? super Trajectory> condition) {
        Objects.requireNonNull(condition, "condition");
        return trajectories -> trajectories.filter(condition);
    }

    /**
     * Returns a stage that passes trajectories to a thread of a scheduler, one at a time. The later stages run on this thread, and the
     * denoiser too unless a gateway calls it elsewhere. Samples do not change.
     */
    static Stage publishOn(Scheduler scheduler) {
        Objects.requireNonNull(scheduler, "scheduler");
        return trajectories -> trajectories.publishOn(scheduler, 1);
    }
}
