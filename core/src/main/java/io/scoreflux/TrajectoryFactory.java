package io.scoreflux;

import io.scoreflux.error.Failure;
import io.scoreflux.error.HasViolation;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.stream.TrajectoryFlux.Engine;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.TracedSolver;
import io.scoreflux.state.Condition;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Creates the trajectories of a stream from their initial states, noise levels and solver. Thread-safe.
 *
 * @param engine the engine that runs them
 * @param levels the noise level of the initial states, followed by the end of each stage
 * @param traced whether the trajectories record a trace
 * @param randomness the purpose of the random numbers of the steps
 */
record TrajectoryFactory(
        Engine engine,
        Planner.Prepared prepared,
        InitialStates states,
        List<Double> levels,
        PreparedSolver solver,
        boolean traced,
        Purpose randomness,
        DenoiserInfo denoiser) {

    /** Returns the noise levels where the stages end. */
    List<Double> ends() {
        return levels.subList(1, levels.size());
    }

    /**
     * Returns the run of a sample at its initial state. If there is no condition for it, or the denoiser does not accept the condition, the
     * run has failed.
     *
     * @param conditions returns the condition of the sample
     */
    SampleRun run(long seed, long index, LongFunction<@Nullable Condition> conditions) {
        Condition condition = null;
        Failure failure = null;
        try {
            condition = DenoiserInfo.require(denoiser, conditionOf(index, conditions));
        } catch (IllegalArgumentException e) {
            failure = refused("condition", e);
        }
        return started(run(seed, index, condition, solver), failure, index, null);
    }

    /**
     * Returns the run of a request at its initial state. If the request cannot be served, the run has failed.
     *
     * @param conditions returns the condition of a request that has none
     */
    SampleRun run(Request request, long place, LongFunction<@Nullable Condition> conditions) {
        Condition asked = request.condition();
        PreparedSolver by = solver;
        Failure failure = null;
        try {
            asked = DenoiserInfo.require(denoiser, asked == null ? conditionOf(request.index(), conditions) : asked);
            if (request.tolerance().isPresent()) {
                by = prepared.tolerances().at(request.tolerance().getAsDouble());
            }
        } catch (IllegalArgumentException | IllegalStateException e) {
            failure = refused("request", e);
            asked = null;
        }
        return started(run(request.seed(), request.index(), asked, by), failure, place, request);
    }

    private static SampleRun started(SolverRun run, @Nullable Failure failure, long place, @Nullable Request request) {
        if (failure != null) {
            run.fail(failure);
        }
        return new SampleRun(run, place, request);
    }

    /** Calls the function of the user. Its exception concerns this sample alone. */
    private static @Nullable Condition conditionOf(long index, LongFunction<@Nullable Condition> conditions) {
        try {
            return conditions.apply(index);
        } catch (RuntimeException e) {
            throw new InvalidArgumentException(
                    Violation.of("conditions", "must return the condition of sample " + index + " or null", e), e);
        }
    }

    private Failure refused(String what, RuntimeException refusal) {
        return new Failure(Failure.Kind.BAD_REQUEST, levels.get(0), what, violationOf(refusal), refusal.getCause());
    }

    private static Violation violationOf(RuntimeException refusal) {
        return refusal instanceof HasViolation known
                ? known.violation()
                : Violation.of("the request", "must be valid", refusal.getMessage());
    }

    private SolverRun run(long seed, long index, @Nullable Condition condition, PreparedSolver by) {
        return new SolverRun(
                index,
                condition,
                sigma -> denoiser.evaluations(condition, sigma),
                states.of(prepared, seed, index),
                levels.get(0),
                new NoiseSource(seed).normals(randomness, index),
                traced ? new TracedSolver(by) : by);
    }
}
