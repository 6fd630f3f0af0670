package io.scoreflux.evaluation;

import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.InitialDistribution;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.state.Condition;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The common input of all solvers of a comparison: denoiser, noise range and initial states. */
public final class Experiment {
    /** Shorter times are not exact: some systems count the processor time in steps of 10 ms. */
    private static final long ENOUGH_NANOS = 250_000_000;

    private static final long MOST_NANOS = 2_000_000_000;
    /** A first run that takes longer is not repeated: the compilers have taken a small part of it. */
    private static final long LONG_NANOS = 60_000_000_000L;

    private static final double STILL_FALLS = 0.9;

    private final Denoiser denoiser;
    private final Problem problem;
    private final @Nullable Condition condition;
    private final double[][] states;
    private final UnaryOperator<SamplerBuilder> computing;

    /**
     * An experiment.
     *
     * @param denoiser the denoiser of all rows
     * @param condition the condition of all rows, or null
     * @param problem the noise range, and the radius that is the unit of the solvers' tolerances
     * @param states the initial states at the largest noise level; not copied, not modified
     * @param computing configures how samplers compute: size of calls and parallelism
     */
    public Experiment(
            Denoiser denoiser,
            @Nullable Condition condition,
            Problem problem,
            double[][] states,
            UnaryOperator<SamplerBuilder> computing) {
        this.denoiser = denoiser;
        this.condition = condition;
        this.problem = problem;
        this.states = states;
        this.computing = computing;
    }

    /** An experiment on rows without a condition. */
    public Experiment(Denoiser denoiser, Problem problem, double[][] states, UnaryOperator<SamplerBuilder> computing) {
        this(denoiser, null, problem, states, computing);
    }

    /** The denoiser of all rows. */
    public Denoiser denoiser() {
        return denoiser;
    }

    /** The condition of all rows, or null. */
    public @Nullable Condition condition() {
        return condition;
    }

    /** The noise range and the radius. */
    public Problem problem() {
        return problem;
    }

    /** The number of initial states. */
    public int rows() {
        return states.length;
    }

    /** A copy of one initial state. */
    public double[] state(int row) {
        return states[row].clone();
    }

    /** The initial states of samples 0 to {@code count - 1} of a sampler with this seed. */
    public static double[][] starts(Denoiser denoiser, double fromSigma, long seed, int count) {
        InitialDistribution start =
                new InitialDistribution(denoiser.dimension(), denoiser.moments().orElse(null), fromSigma);
        NoiseSource noise = new NoiseSource(seed);
        double[][] states = new double[count][];
        for (int k = 0; k < count; k++) {
            states[k] = start.draw(noise.normals(Purpose.START, k));
        }
        return states;
    }

    /** A sampler of this noise range and denoiser, in one stage. */
    public Sampler sampler(Solver solver) {
        SamplerBuilder builder = computing.apply(Sampler.builder(denoiser));
        return (condition == null ? builder : builder.condition(condition))
                .noiseRange(problem.fromSigma(), problem.toSigma())
                .radius(problem.radius())
                .solver(solver)
                .stages(1)
                .build();
    }

    /**
     * Solves from each initial state to the smallest noise level.
     *
     * @param each run after each row
     * @return the outcomes, in the order of the states
     */
    public List<Outcome> run(Solver solver, Runnable each) {
        return run(sampler(solver), each);
    }

    /**
     * The processor time of a solver for a row, in microseconds: that of all threads of this virtual machine, with the denoiser, without the pilot
     * run of the solver. Short runs are repeated, twice as often each time, until the time of a run no longer falls: the compilers of the virtual
     * machine work in the first runs. The last repetitions give the result.
     *
     * @param each run after each row of the first run, which is always complete
     * @throws UnsupportedOperationException if the virtual machine does not know its processor time
     */
    public double microseconds(Solver solver, Runnable each) {
        Sampler sampler = sampler(solver);
        sampler.plan();
        double before = Double.POSITIVE_INFINITY;
        long nanos = ProcessorTime.nanos(() -> run(sampler, each));
        int runs = 1;
        while ((runs == 1 && nanos < LONG_NANOS)
                || nanos < ENOUGH_NANOS
                || (nanos < MOST_NANOS && (double) nanos / runs < STILL_FALLS * before)) {
            before = (double) nanos / runs;
            runs *= 2;
            int repeats = runs;
            nanos = ProcessorTime.nanos(() -> {
                for (int i = 0; i < repeats; i++) {
                    run(sampler, () -> {});
                }
            });
        }
        return nanos / 1e3 / runs / states.length;
    }

    private List<Outcome> run(Sampler sampler, Runnable each) {
        List<Outcome> outcomes = sampler.decode(states)
                .doOnNext(sample -> each.run())
                .map(sample -> Outcome.of(sample, problem.radius()))
                .collectList()
                .block();
        return Objects.requireNonNull(outcomes);
    }
}
