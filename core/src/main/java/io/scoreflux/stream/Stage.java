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
 * <p>Trajectories arrive as they land, in no order, at the noise level where the stage before ends. A stage reads them and does not change
 * their states. It passes each on once, or discards it as Reactor's own operators do ({@code filter}, {@code distinct}, {@code skip};
 * {@code Operators.onDiscard} in one's own), so that ordered delivery does not wait for it. It may hold some back, also to collect
 * them. What it holds counts as unfinished; while it asks for more and nothing else can be done, it is given more, one by one up to the width.
 * So {@code publishOn} and {@code flatMap} that hand to slow threads are best given a small prefetch.
 *
 * <p>Not all operators discard what they leave out: {@code handle} and {@code mapNotNull} that pass nothing on, {@code flatMap} and
 * {@code concatMap} to an empty publisher, and {@code map} or {@code doOnNext} that throw before an {@code onErrorContinue} lose the
 * trajectory in silence. In order of index those after it then wait, up to the end of the stream; the stream fails once twice the width wait
 * and no stage holds any.
 * To leave trajectories out, use {@code filter}, or {@code filterWhen} for an asynchronous decision.
 *
 * <p>A stage may branch: a trajectory that one branch discards and another passes on counts as passed on, in whichever order and however
 * late. Delivery in order of index waits for it, with up to twice the width behind it, as long as the stage may still pass it on; the stage is
 * scanned for that with {@code Scannable}. It cannot wait for an operator that is not part of Reactor or does not show its branches: if that
 * discards a trajectory and passes it on later, the stream may fail. {@link Order#AS_READY} never waits and accepts it at any time.
 * A stage that passes a trajectory on twice, or subscribes again to what is before it ({@code retry}, {@code repeat}), fails the stream.
 */
@FunctionalInterface
public interface Stage extends UnaryOperator<Flux<Trajectory>> {}
