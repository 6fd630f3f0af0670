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

/** Assembles the chain of operators that carries trajectories down the noise range. */
public final class TrajectoryFlux {
    private TrajectoryFlux() {}

    /**
     * A trajectory that has ended.
     *
     * @param trajectory for listeners
     * @param source where it came from
     */
    public record Ended<R extends OrderedRun>(Trajectory trajectory, R source) {}

    /**
     * What runs trajectories.
     *
     * @param rails where
     * @param demand bounds on what is under way
     * @param stages a user's own, by the number of the stage after which they come
     * @param listener is told
     */
    public record Engine(Rails rails, Demand demand, Map<Integer, List<Stage>> stages, StreamListener listener) {
        /** Without a user's stages, and nobody is told. */
        public Engine(Rails rails, Demand demand) {
            this(rails, demand, Map.of(), StreamListener.NONE);
        }
    }

    /**
     * Finished trajectories of the indices {@code from .. to - 1}, in the order that the engine's demand names. Cold; cancelling stops
     * after the denoiser call in flight.
     *
     * @param ends the noise level where each stage ends, in the order in which they are passed
     * @param source makes the run of an index
     */
    public static <R extends OrderedRun> Flux<Ended<R>> run(
            Engine engine, List<Double> ends, long from, long to, LongFunction<R> source) {
        if (from == to) {
            return Flux.empty();
        }
        return run(engine, ends, from, Flux.<Supplier<R>, Long>generate(() -> from, (index, sink) -> {
            sink.next(() -> source.apply(index));
            // Completed with its last signal: a generator completes only when asked once more.
            if (index + 1 == to) {
                sink.complete();
            }
            return index + 1;
        }));
    }

    /**
     * Finished trajectories of those that a source gives, which is asked for no more than may be under way. If it fails, the stream
     * fails at once.
     *
     * @param ends the noise level where each stage ends, in the order in which they are passed
     * @param firstPlace the place in the order of delivery of the first trajectory; the others follow one by one
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
                    "return the one it was given",
                    "return one made of it");
        }
        return made;
    }
}
