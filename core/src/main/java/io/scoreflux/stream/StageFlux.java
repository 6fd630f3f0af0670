package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Failure;
import io.scoreflux.state.Kernels;
import io.scoreflux.state.Rows;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
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
        private final double sigma;
        private final List<Trajectory> inFlight = new ArrayList<>();
        private final Queue<Trajectory> landed = new ArrayDeque<>();
        /** Where the rows of each trajectory in flight start in the batch of the round, and where the last ones end. */
        private int[] firstRow = new int[0];

        private int lastRow;
        /** Requested and not received. */
        private long awaited;

        Stage(CoreSubscriber<? super Trajectory> downstream, Lane lane, double sigma) {
            super(downstream, lane);
            this.sigma = sigma;
        }

        @Override
        void receive(Trajectory trajectory) {
            awaited--;
            try {
                if (trajectory.failure() == null) {
                    trajectory.aim(sigma);
                }
            } catch (RuntimeException e) {
                solverThrew(trajectory, e);
            }
            (trajectory.done() ? landed : inFlight).add(trajectory);
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
        void ask(Rows batch) {
            if (firstRow.length < inFlight.size()) {
                firstRow = new int[Math.max(inFlight.size(), 2 * firstRow.length)];
            }
            for (int i = 0; i < inFlight.size(); i++) {
                firstRow[i] = batch.count();
                Trajectory trajectory = inFlight.get(i);
                try {
                    trajectory.ask(batch);
                } catch (RuntimeException e) {
                    batch.truncate(firstRow[i]);
                    solverThrew(trajectory, e);
                }
            }
            lastRow = batch.count();
        }

        @Override
        void tell(Rows batch, Gateway gateway) {
            int staying = 0;
            int asked = inFlight.size();
            for (int i = 0; i < asked; i++) {
                Trajectory trajectory = inFlight.get(i);
                int end = i + 1 < asked ? firstRow[i + 1] : lastRow;
                Failure failure = firstFailure(firstRow[i], end, batch, gateway);
                if (failure != null) {
                    trajectory.fail(failure);
                } else if (trajectory.failure() == null) {
                    try {
                        trajectory.tell(batch, gateway.answers(), firstRow[i]);
                    } catch (RuntimeException e) {
                        solverThrew(trajectory, e);
                    }
                }
                if (trajectory.done()) {
                    landed.add(trajectory);
                } else {
                    inFlight.set(staying++, trajectory);
                }
            }
            inFlight.subList(staying, asked).clear();
        }

        /** What a machine throws fails its own sample. */
        private static void solverThrew(Trajectory trajectory, RuntimeException e) {
            double sigma = trajectory.sigma();
            String message = "the solver threw below sigma " + sigma + ": " + e;
            trajectory.fail(new Failure(Failure.Kind.SOLVER_ERROR, sigma, message, e));
        }

        private static @Nullable Failure firstFailure(int first, int end, Rows batch, Gateway gateway) {
            int d = batch.dimension();
            for (int row = first; row < end; row++) {
                double sigma = batch.sigma(row);
                Throwable thrown = gateway.thrown(row);
                if (thrown != null) {
                    String message = "the denoiser threw at sigma " + sigma + ": " + thrown;
                    return new Failure(Failure.Kind.DENOISER_ERROR, sigma, message, thrown);
                }
                if (!Kernels.allFinite(gateway.answers(), row * d, d)) {
                    String message =
                            "the denoiser answered NaN or infinity, or left the row unwritten, at sigma " + sigma;
                    return new Failure(Failure.Kind.NON_FINITE_ANSWER, sigma, message, null);
                }
            }
            return null;
        }

        @Override
        void clear() {
            super.clear();
            inFlight.clear();
            landed.clear();
        }
    }
}
