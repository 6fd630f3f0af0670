package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/**
 * One stage: carries each trajectory from where it stands down to one noise level, and passes it on as soon as it lands.
 *
 * <p>It never prefetches: requested and not received + in flight + not yet emitted is at most the downstream demand.
 */
final class StageFlux extends FluxOperator<Trajectory, Trajectory> {
    private final Lane lane;
    private final double sigma;

    StageFlux(Flux<Trajectory> source, Lane lane, double sigma) {
        super(source);
        this.lane = lane;
        this.sigma = sigma;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Trajectory> actual) {
        Stage stage = new Stage(actual, lane, sigma);
        lane.join(stage);
        source.subscribe(stage);
    }

    private static final class Stage extends LaneOperator {
        private final Lane lane;
        private final int dimension;
        private final double sigma;
        private final List<Flight> inFlight = new ArrayList<>();
        private final Queue<Trajectory> landed = new ArrayDeque<>();
        /** Requested and not received. */
        private long awaited;

        Stage(CoreSubscriber<? super Trajectory> downstream, Lane lane, double sigma) {
            super(downstream, lane);
            this.lane = lane;
            this.dimension = lane.dimension();
            this.sigma = sigma;
        }

        @Override
        void receive(Trajectory trajectory) {
            awaited--;
            Flight flight = new Flight(trajectory, lane, dimension);
            flight.aim(sigma);
            if (trajectory.done()) {
                landed.add(trajectory);
            } else {
                inFlight.add(flight);
            }
        }

        @Override
        boolean emit() {
            boolean moved = false;
            while (wants() && !isCancelled()) {
                Trajectory trajectory = landed.poll();
                if (trajectory == null) {
                    break;
                }
                moved = true;
                send(trajectory);
            }
            return moved;
        }

        @Override
        boolean drained() {
            return inFlight.isEmpty() && landed.isEmpty();
        }

        @Override
        long more(long wanted) {
            long more = wanted - awaited - inFlight.size() - landed.size();
            awaited += Math.max(0, more);
            return more;
        }

        @Override
        boolean ask(Queue<Flight> asking) {
            boolean ended = false;
            for (Flight flight : inFlight) {
                if (!flight.waits) {
                    flight.ask();
                    if (flight.waits) {
                        asking.add(flight);
                    } else {
                        ended = true;
                    }
                }
            }
            if (ended) {
                land();
            }
            return ended;
        }

        @Override
        void land() {
            int staying = 0;
            int all = inFlight.size();
            for (int i = 0; i < all; i++) {
                Flight flight = inFlight.get(i);
                if (!flight.waits && flight.trajectory.done()) {
                    landed.add(flight.trajectory);
                } else {
                    inFlight.set(staying++, flight);
                }
            }
            inFlight.subList(staying, all).clear();
        }

        @Override
        void clear() {
            super.clear();
            inFlight.clear();
            landed.clear();
        }
    }
}
