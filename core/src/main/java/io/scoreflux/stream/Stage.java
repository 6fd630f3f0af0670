package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;

/**
 * A user's own stage between two of the sampler's: a function from a stream of trajectories to a stream of trajectories, made of
 * Reactor's operators. Applied once for each subscriber, and each of its lanes.
 *
 * <pre>{@code
 * builder.after(0, flux -> flux.filter(t -> t.z()[0] > 0))            // leave some out
 *        .after(1, flux -> flux.doOnNext(t -> record(t.sigma(), t.z()))) // look at them
 *        .after(2, flux -> flux.publishOn(scheduler, 1));               // hand them to other threads
 * }</pre>
 *
 * <p>Trajectories arrive as they land, in no order, at the noise level where the stage before ends. Each is to be passed on once, or
 * discarded as Reactor's own operators do ({@code filter}, {@code distinct}, {@code skip}; {@code Operators.onDiscard} in one's own), so
 * that ordered delivery does not wait for it. Not all of them do: {@code handle} and {@code mapNotNull} that pass nothing on,
 * {@code flatMap} and {@code concatMap} to an empty publisher, and {@code map} or {@code doOnNext} that throw before an
 * {@code onErrorContinue} lose the trajectory in silence, those after it wait, and an endless stream fails in the end;
 * {@code filterWhen} discards what it passes on as well, and fails the stream at once. To leave trajectories out, use {@code filter}; to
 * decide it elsewhere, note the decision by index and let a {@code filter} follow. A stage reads trajectories and does not change their states. What it requests beyond what is
 * requested of it is computed before it is asked for: {@code publishOn} and {@code flatMap} have a prefetch to be made small.
 */
@FunctionalInterface
public interface Stage extends UnaryOperator<Flux<Trajectory>> {}
