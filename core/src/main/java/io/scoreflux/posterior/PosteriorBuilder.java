package io.scoreflux.posterior;

import io.scoreflux.SamplerBuilder;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Moments;
import io.scoreflux.model.Observation;
import io.scoreflux.model.ObservedDirections;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.reject.Fors;
import io.scoreflux.state.Condition;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Builds a {@link Posterior}. Not thread-safe. */
public final class PosteriorBuilder {
    private static final int LEAST_PARTICLES = 16;
    private static final int MOST_PARTICLES = 1 << 20;
    private static final double LEAST_STEP = 1e-3;
    private static final double MOST_STEP = 0.5;

    final DenoiserInfo denoiser;
    final Supplier<SamplerBuilder> samplers;
    final ObservedDirections directions;
    UnaryOperator<SamplerBuilder> engine = builder -> builder;

    @Nullable
    Condition condition;

    double fromSigma;
    double toSigma;
    int particles = 256;
    double step = 0.2;
    boolean guided = true;

    @Nullable
    Fors fors;

    long seed;

    PosteriorBuilder(DenoiserInfo denoiser, Supplier<SamplerBuilder> samplers, Observation observation) {
        this.denoiser = Objects.requireNonNull(denoiser, "denoiser");
        this.samplers = samplers;
        this.directions = Objects.requireNonNull(observation, "observation").directions(denoiser.dimension());
    }

    /**
     * Sets the noise levels at which particles start and end: {@code from > to > 0}. The noise of the observation must be greater than {@code to} in
     * each observed direction.
     */
    public PosteriorBuilder noiseRange(double from, double to) {
        SigmaGrid.requireRepresentable(from, to);
        this.fromSigma = from;
        this.toSigma = to;
        return this;
    }

    /** Sets the number of particles N of an island, 16 to 2^20. Defaults to 256. */
    public PosteriorBuilder particles(int value) {
        this.particles = Require.within("particles", value, LEAST_PARTICLES, MOST_PARTICLES);
        return this;
    }

    /**
     * Sets the largest step of the solver in ln s, from 0.001 to 0.5. Defaults to 0.2. The order of the solver is 4, with a start of order 3.
     */
    public PosteriorBuilder step(double value) {
        if (!(value >= LEAST_STEP && value <= MOST_STEP)) {
            throw new InvalidArgumentException(
                    "step", "must be at least " + LEAST_STEP + " and at most " + MOST_STEP, value);
        }
        this.step = value;
        return this;
    }

    /**
     * Sets whether particles are guided towards the observation, with the slopes of D from a pilot. Without guidance they follow the exact flow
     * for a fixed noise of the observation, and only selection adapts them to it, and no island is a scout. This is simpler, but takes up to 9
     * times as many calls. In both cases a pilot chooses the levels of the selections. Defaults to true.
     */
    public PosteriorBuilder guided(boolean value) {
        this.guided = value;
        return this;
    }

    /**
     * Sets that moves, and the last part of the noise range, draw from the reverse process by first-order rejection sampling. Below the noise of
     * the observation, the reverse process given y is the one without an observation. By default particles follow the flow there.
     *
     * <p>A step of the reverse process has no error of discretisation, except that weights are clipped; the tolerance of the solver is the target
     * for the effect of clipping on one leg. The guided flow between the moves keeps its steps ({@link #step}). A move takes 30 to 60 calls at
     * a tolerance of 0.1, and more than 55 at 0.01, instead of 9. Random numbers are a function of the seed, the island, the leg and the particle.
     *
     * @param solver the solver, whose steps are not placed by a pilot
     */
    public PosteriorBuilder rejectionSampling(Fors solver) {
        if (solver.needsPilot()) {
            throw new InvalidArgumentException(
                    "solver",
                    "must not need a pilot, as each move has a noise range of its own",
                    solver.rule(),
                    "use StepRule.PerChain");
        }
        this.fors = solver;
        return this;
    }

    /** Sets the seed. Seed and index identify an island. Defaults to 0. */
    public PosteriorBuilder seed(long value) {
        this.seed = value;
        return this;
    }

    /**
     * Sets the condition of all particles, such as their class. Its guidance weight must be 1, because a guided denoiser belongs to no
     * distribution and so has no posterior.
     */
    public PosteriorBuilder condition(Condition value) {
        this.condition = Objects.requireNonNull(value, "condition");
        return this;
    }

    /**
     * Sets how the engine runs the trajectories of an island, for example
     * {@code engine(builder -> builder.parallelism(4, Schedulers.parallel()))} or {@code engine(builder -> builder.maxRows(64))}. The function
     * is called for each leg of an island, and returns the builder that it receives. It must not set a condition, a plan or custom stages. A
     * noise range, solver, number of stages or fault policy that it sets has no effect. The function does not change the values of any island.
     */
    public PosteriorBuilder engine(UnaryOperator<SamplerBuilder> value) {
        this.engine = Objects.requireNonNull(value, "engine");
        return this;
    }

    /**
     * Builds the posterior.
     *
     * @throws IllegalStateException if the noise range is missing, or settings of the engine contradict each other or change values
     * @throws IllegalArgumentException if the range starts below 3 times the largest standard deviation of the data, the noise of the observation
     *     is not above the range, an observed value is more than a million standard deviations from the mean of the data, the denoiser has no
     *     moments or moments with the covariance 0, or the condition is guided
     */
    public Posterior build() {
        if (!(fromSigma > 0)) {
            throw new InvalidConfigurationException("noiseRange", "must be set", null);
        }
        if (!(toSigma > 0)) {
            throw new InvalidArgumentException("toSigma", "must be greater than 0 for a posterior", toSigma);
        }
        double least = directions.leastNoise();
        if (!(least > toSigma)) {
            throw new InvalidArgumentException(
                    "noise",
                    "must be greater than {toSigma}, " + Violation.text(toSigma)
                            + ", in each observed direction (the noise divided by the singular value)",
                    least,
                    "end at a smaller noise level",
                    "give a larger {noise} and state that the posterior is for this noise");
        }
        Condition asked = condition;
        if (asked != null && asked.guidance() != 1) {
            throw new InvalidArgumentException(
                    "guidance",
                    "must be 1, as a guided denoiser belongs to no distribution and has no posterior",
                    asked.guidance(),
                    "leave out {guidance}");
        }
        DenoiserInfo.require(denoiser, asked);
        return new Posterior(this, moments());
    }

    private Moments moments() {
        return denoiser.moments()
                .orElseThrow(() -> new InvalidArgumentException(
                        "moments",
                        "must be known for a posterior, as particles start from them",
                        null,
                        "give the mean and variance of the data"));
    }
}
