package io.scoreflux;

import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.TracedSolver;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Failure;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Makes the trajectories of a prepared sampler, at their starts. Thread-safe. */
final class Starts {
    private final Planner.Prepared prepared;
    private final double fromSigma;

    Starts(Planner.Prepared prepared) {
        this.prepared = prepared;
        this.fromSigma = prepared.plan().fromSigma();
    }

    /** The sampler's solver. */
    PreparedSolver solver() {
        return prepared.solver();
    }

    /** The sampler's solver, which notes where it passes. */
    PreparedSolver traced() {
        return new TracedSolver(prepared.solver());
    }

    /** Of a sample: its start is drawn. */
    Trajectory sample(long seed, long index, long place, @Nullable Condition condition, PreparedSolver solver) {
        NoiseSource noise = new NoiseSource(seed);
        return new Trajectory(
                index,
                place,
                condition,
                prepared.start().draw(noise.normals(Purpose.START, index)),
                fromSigma,
                noise.normals(Purpose.STEP, index),
                solver);
    }

    /** From a given state. */
    Trajectory from(double[] state, long seed, long index) {
        return new Trajectory(index, state, fromSigma, new NoiseSource(seed).normals(Purpose.STEP, index), solver());
    }

    /** Of a request; failed if it cannot be served. */
    Trajectory requested(Request request, long place) {
        PreparedSolver solver = solver();
        Failure failure = null;
        OptionalDouble tolerance = request.tolerance();
        if (tolerance.isPresent()) {
            try {
                solver = prepared.tolerances().at(tolerance.getAsDouble());
            } catch (IllegalArgumentException | IllegalStateException e) {
                failure = new Failure(Failure.Kind.BAD_REQUEST, fromSigma, String.valueOf(e.getMessage()), null);
            }
        }
        Trajectory trajectory = sample(request.seed(), request.index(), place, request.condition(), solver);
        trajectory.tag(request);
        if (failure != null) {
            trajectory.fail(failure);
        }
        return trajectory;
    }
}
