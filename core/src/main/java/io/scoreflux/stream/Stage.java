package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/**
 * A user's stage between two of the sampler's stages. It receives each trajectory as soon as it reaches the noise level where the stage
 * before ends, in no order, and reads it. {@link #observe}, {@link #filter} and {@link #publishOn} make the usual stages:
 *
 * <pre>{@code
 * builder.after(0, Stage.filter(t -> t.z(0) > 0))                // leave some samples out
 *        .after(1, Stage.observe(t -> record(t.sigma(), t.z()))) // read them
 *        .after(2, Stage.publishOn(scheduler));                  // hand them over to other threads
 * }</pre>
 *
 * <p>These stages fulfil the contract that follows. Stages can be combined: several after the same stage of the sampler run in the order
 * in which they were added.
 *
 * <h2>The general form</h2>
 *
 * A stage is a function from a stream of trajectories to a stream of trajectories, made of Reactor's operators. It is applied once for
 * each subscriber, and for each of its rails.
 *
 * <ul>
 *   <li>It passes each trajectory on once, or discards it as Reactor's operators do ({@code filter}, {@code filterWhen}, {@code distinct},
 *       {@code skip}; an operator of one's own calls {@code Operators.onDiscard}). A trajectory that is passed on twice, one of another
 *       stream, and a second subscription to the stages before ({@code retry}, {@code repeat}) fail the stream.
 *   <li>Some operators drop a trajectory without a discard: {@code handle} and {@code mapNotNull} that emit nothing, {@code flatMap} and
 *       {@code concatMap} to an empty publisher, and {@code map} or {@code doOnNext} that throw before an {@code onErrorContinue}.
 *       Delivery in order of index then waits for that trajectory. The stream fails when twice the concurrency wait for it and no stage holds
 *       any, or at its end. Use {@code filter}, or {@code filterWhen} for an asynchronous decision.
 *   <li>It may hold trajectories back, for instance to collect them. What it holds counts as unfinished. While it requests more and
 *       nothing else can be computed, it receives more, one by one, up to the concurrency. Give {@code publishOn} and {@code flatMap} a small
 *       prefetch.
 *   <li>It may branch: a trajectory that one branch discards and another passes on counts as passed on, in whichever order and however
 *       late. Delivery in order of index waits for it, with up to twice the concurrency behind it, as long as {@code Scannable} shows that the
 *       stage may still pass it on. An operator that is not Reactor's, or does not show its branches, may pass a discarded trajectory on
 *       too late; then the stream fails. {@link Order#AS_READY} does not wait, and accepts it at any time.
 * </ul>
 */
@FunctionalInterface
public interface Stage extends UnaryOperator<Flux<Trajectory>> {

    /**
     * A stage that calls an action with each trajectory and passes it on.
     *
     * @param action must not block; if it throws, the stream fails
     */
    static Stage observe(Consumer<? super Trajectory> action) {
        Objects.requireNonNull(action, "action");
        return trajectories -> trajectories.doOnNext(action);
    }

    /**
     * A stage that passes on the trajectories that fulfil a condition. The others are left out of the stream of samples, and nothing more
     * is computed for them; others start in their place.
     *
     * @param condition must not block; if it throws, the stream fails. {@link Trajectory#z(int)} reads the state without a copy
     */
    static Stage filter(Predicate<? super Trajectory> condition) {
        Objects.requireNonNull(condition, "condition");
        return trajectories -> trajectories.filter(condition);
    }

    /**
     * A stage that hands trajectories over to a thread of a scheduler, one at a time. What follows runs there: later stages, and the
     * denoiser unless a gateway calls it elsewhere. Samples do not change.
     */
    static Stage publishOn(Scheduler scheduler) {
        Objects.requireNonNull(scheduler, "scheduler");
        return trajectories -> trajectories.publishOn(scheduler, 1);
    }
}
