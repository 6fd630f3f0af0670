package io.scoreflux;

import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.TracedSolver;
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
    SampleRun sample(long seed, long index, PreparedSolver solver) {
        return unrequested(sample(seed, index, condition, solver), index);
    }

    private SolverRun sample(long seed, long index, @Nullable Condition own, PreparedSolver solver) {
        double[] start = prepared.start().draw(new NoiseSource(seed).normals(Purpose.START, index));
        return from(start, seed, index, own, solver);
    }

    /** From a given state, under the sampler's condition. */
    SampleRun from(double[] state, long seed, long index) {
        return unrequested(from(state, seed, index, condition, solver()), index);
    }

    /** From a given input with this sample's noise of the first level. */
    SampleRun noised(double[] input, long seed, long index) {
        double[] noise = new double[input.length];
        new NoiseSource(seed).normals(Purpose.START, index).fill(noise, 0, noise.length);
        double[] state = input.clone();
        Kernels.addScaled(state, 0, fromSigma, noise, 0, state.length);
        return from(state, seed, index);
    }

    /** From a given state at the last level, up. */
    SampleRun upwards(double[] state, long seed, long index, PreparedSolver ascent) {
        NormalStream noise = new NoiseSource(seed).normals(Purpose.PROBE, index);
        return unrequested(run(state, prepared.plan().toSigma(), noise, index, condition, ascent), index);
    }

    private SolverRun from(double[] state, long seed, long index, @Nullable Condition own, PreparedSolver solver) {
        return run(state, fromSigma, new NoiseSource(seed).normals(Purpose.STEP, index), index, own, solver);
    }

    private SolverRun run(
            double[] state,
            double sigma,
            NormalStream noise,
            long index,
            @Nullable Condition own,
            PreparedSolver solver) {
        return new SolverRun(index, own, denoiser.evaluations(own), state, sigma, noise, solver);
    }

    private static SampleRun unrequested(SolverRun run, long index) {
        return new SampleRun(run, index, null);
    }

    /**
     * Of a request; failed if it cannot be served.
     *
     * @param traced whether its solver is to note where it passes
     */
    SampleRun requested(Request request, long place, boolean traced) {
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
            failure = new Failure(Failure.Kind.BAD_REQUEST, fromSigma, String.valueOf(e.getMessage()), null);
            asked = null;
        }
        PreparedSolver noting = traced ? new TracedSolver(solver) : solver;
        SolverRun run = sample(request.seed(), request.index(), asked, noting);
        if (failure != null) {
            run.fail(failure);
        }
        return new SampleRun(run, place, request);
    }
}
