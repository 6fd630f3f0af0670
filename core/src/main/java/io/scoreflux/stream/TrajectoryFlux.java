package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import io.scoreflux.stage.Plan;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;

/** Assembles the chain of operators that carries trajectories down the noise range. */
public final class TrajectoryFlux {
    private TrajectoryFlux() {}

    /** Makes the trajectory of an index, at its start. */
    @FunctionalInterface
    public interface Source {
        /** A new trajectory. */
        Trajectory at(long index);
    }

    /**
     * Finished trajectories of the indices {@code from .. to - 1}, in the order that {@code demand} names. Cold; runs on the threads that
     * request and those that answer; cancelling stops after the denoiser call in flight.
     *
     * @param gateway gives the way to the denoiser, once for each subscriber
     * @param plan the stages
     * @param demand bounds on what is under way
     */
    public static Flux<Trajectory> run(
            Supplier<Gateway> gateway, Plan plan, Demand demand, long from, long to, Source source) {
        if (from == to) {
            return Flux.empty();
        }
        return Flux.defer(() -> {
            Lane lane = new Lane(gateway.get());
            Flux<Trajectory> trajectories = Flux.generate(() -> from, (index, sink) -> {
                sink.next(source.at(index));
                // Completed with its last signal: a generator completes only when asked once more.
                if (index + 1 == to) {
                    sink.complete();
                }
                return index + 1;
            });
            for (int stage = 0; stage < plan.stages(); stage++) {
                trajectories = new StageFlux(trajectories, lane, plan.end(stage));
            }
            return new DeliveryFlux(trajectories, lane, demand, from, to);
        });
    }
}
