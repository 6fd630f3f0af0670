package io.scoreflux;

import io.scoreflux.error.HasViolation;
import io.scoreflux.error.Violation;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.TracedSolver;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Failure;
import io.scoreflux.state.Kernels;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Makes the trajectories of a prepared sampler, at their starts. Thread-safe. */
final class Starts {
    private final Planner.Prepared prepared;
    private final DenoiserInfo denoiser;
    private final @Nullable Condition condition;
    private final double fromSigma;

    /**
     * Starts for one denoiser.
     *
     * @param condition of samples that have none of their own, known to the denoiser, or null
     */
    Starts(Planner.Prepared prepared, DenoiserInfo denoiser, @Nullable Condition condition) {
        this.prepared = prepared;
        this.denoiser = denoiser;
        this.condition = condition;
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

    /** Of a sample under the sampler's condition: its start is drawn. */
    Trajectory sample(long seed, long index, PreparedSolver solver) {
        return sample(seed, index, index, condition, solver);
    }

    private Trajectory sample(long seed, long index, long place, @Nullable Condition own, PreparedSolver solver) {
        double[] start = prepared.start().draw(new NoiseSource(seed).normals(Purpose.START, index));
        return from(start, seed, index, place, own, solver);
    }

    /** From a given state, under the sampler's condition. */
    Trajectory from(double[] state, long seed, long index) {
        return from(state, seed, index, index, condition, solver());
    }

    /** From a given input with this sample's noise of the first level. */
    Trajectory noised(double[] input, long seed, long index) {
        double[] noise = new double[input.length];
        new NoiseSource(seed).normals(Purpose.START, index).fill(noise, 0, noise.length);
        double[] state = input.clone();
        Kernels.addScaled(state, 0, fromSigma, noise, 0, state.length);
        return from(state, seed, index);
    }

    /** From a given state at the last level, up. */
    Trajectory upwards(double[] state, long seed, long index, PreparedSolver ascent) {
        Trajectory trajectory = new Trajectory(
                index,
                index,
                condition,
                state,
                prepared.plan().toSigma(),
                new NoiseSource(seed).normals(Purpose.PROBE, index),
                ascent);
        trajectory.evaluations(denoiser.evaluations(condition));
        return trajectory;
    }

    private Trajectory from(
            double[] state, long seed, long index, long place, @Nullable Condition own, PreparedSolver solver) {
        Trajectory trajectory = new Trajectory(
                index, place, own, state, fromSigma, new NoiseSource(seed).normals(Purpose.STEP, index), solver);
        trajectory.evaluations(denoiser.evaluations(own));
        return trajectory;
    }

    private static Violation violationOf(RuntimeException refusal) {
        return refusal instanceof HasViolation known
                ? known.violation()
                : Violation.of("the request", "must be possible", refusal.getMessage());
    }

    /**
     * Of a request; failed if it cannot be served.
     *
     * @param traced whether its solver is to note where it passes
     */
    Trajectory requested(Request request, long place, boolean traced) {
        PreparedSolver solver = solver();
        Condition asked = request.condition() == null ? condition : request.condition();
        Failure failure = null;
        OptionalDouble tolerance = request.tolerance();
        try {
            DenoiserInfo.require(denoiser, asked);
            if (tolerance.isPresent()) {
                solver = prepared.tolerances().at(tolerance.getAsDouble());
            }
        } catch (IllegalArgumentException | IllegalStateException e) {
            failure = new Failure(Failure.Kind.BAD_REQUEST, fromSigma, "request", violationOf(e), null);
            asked = null;
        }
        PreparedSolver noting = traced ? new TracedSolver(solver) : solver;
        Trajectory trajectory = sample(request.seed(), request.index(), place, asked, noting);
        trajectory.tag(request);
        if (failure != null) {
            trajectory.fail(failure);
        }
        return trajectory;
    }
}
