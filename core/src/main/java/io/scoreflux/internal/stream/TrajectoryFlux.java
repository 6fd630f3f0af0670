package io.scoreflux.internal.stream;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.stream.Stage;
import io.scoreflux.stream.StreamListener;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;

/** Assembles the chain of operators that carries trajectories through the noise range. */
public final class TrajectoryFlux {
    private TrajectoryFlux() {}

    /**
     * A trajectory that has ended.
     *
     * @param trajectory the trajectory, for listeners
     * @param source the run from which it was created
     */
    public record Ended<R extends OrderedRun>(Trajectory trajectory, R source) {}

    /**
     * The settings of an engine that runs trajectories.
     *
     * @param rails creates the rails
     * @param demand bounds on trajectories in progress, and the order of delivery
     * @param stages the custom stages, by the index of the stage that they follow
     * @param listener receives the events of trajectories
     */
    public record Engine(Rails rails, Demand demand, Map<Integer, List<Stage>> stages, StreamListener listener) {
        /** Creates an engine without custom stages and without a listener. */
        public Engine(Rails rails, Demand demand) {
            this(rails, demand, Map.of(), StreamListener.NONE);
        }
    }

    /**
     * Returns the finished trajectories of the indices {@code from, ..., to - 1}, in the order of the engine's demand. The flux is cold.
     * Cancelling it stops the work after the denoiser call in flight.
     *
     * @param ends the noise level at which each stage ends, in the order in which trajectories pass the stages
     * @param source creates the run of an index
     */
    public static <R extends OrderedRun> Flux<Ended<R>> run(
            Engine engine, List<Double> ends, long from, long to, LongFunction<R> source) {
        if (from == to) {
            return Flux.empty();
        }
        return run(engine, ends, from, Flux.<Supplier<R>, Long>generate(() -> from, (index, sink) -> {
            sink.next(() -> source.apply(index));
            // Completes with the last item, because otherwise completion would need another request.
            if (index + 1 == to) {
                sink.complete();
            }
            return index + 1;
        }));
    }

    /**
     * Returns the finished trajectories of the runs that a source emits. The stream requests no more from the source than may be in progress.
     * If the source fails, the stream fails at once.
     *
     * @param ends the noise level at which each stage ends, in the order in which trajectories pass the stages
     * @param firstPlace the place of the first trajectory in the order of delivery; the others follow one by one
     * @param starts supplies the runs
     */
    @SuppressWarnings("unchecked") // The stream delivers only trajectories that it started, from this source.
    public static <R extends OrderedRun> Flux<Ended<R>> run(
            Engine engine, List<Double> ends, long firstPlace, Flux<Supplier<R>> starts) {
        StreamListener listener = engine.listener();
        return new DeliveryFlux(
                        engine.rails(),
                        engine.demand(),
                        firstPlace,
                        ends.size(),
                        !engine.stages().isEmpty(),
                        listener,
                        starts,
                        (rail, trajectories) -> {
                            Flux<Trajectory> chain = trajectories;
                            for (int stage = 0; stage < ends.size(); stage++) {
                                boolean afterCustomStage = engine.stages().containsKey(stage - 1);
                                chain = new StageFlux(chain, rail, stage, ends.get(stage), afterCustomStage, listener);
                                for (Stage own : engine.stages().getOrDefault(stage, List.of())) {
                                    chain = applied(own, chain, stage);
                                }
                            }
                            return chain;
                        })
                .map(ended -> new Ended<>(ended, (R) ended.source));
    }

    private static Flux<Trajectory> applied(Stage own, Flux<Trajectory> chain, int number) {
        Flux<Trajectory> made = own.apply(chain);
        if (made == null) {
            throw new InvalidArgumentException(
                    "afterStage",
                    "must return a flux",
                    "null after stage " + number,
                    "return its argument",
                    "return a flux made from it");
        }
        return made;
    }
}
