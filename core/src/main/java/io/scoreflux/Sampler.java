package io.scoreflux;

import io.scoreflux.model.Denoiser;
import io.scoreflux.model.GaussianStart;
import io.scoreflux.model.Moments;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.stage.Plan;
import io.scoreflux.state.Require;
import io.scoreflux.stream.Demand;
import io.scoreflux.stream.TrajectoryFlux;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A source of samples from the law that a denoiser describes. Immutable and thread-safe; made by {@link #builder}.
 *
 * <p>Sample k is a function of the seed, k and the numerical settings alone: not of batch size, demand, threads, order, or
 * where a stream starts.
 */
public final class Sampler {
    private final Denoiser denoiser;
    private final Plan plan;
    private final PreparedSolver solver;
    private final GaussianStart start;
    private final NoiseSource noise;
    private final Demand demand;
    private final int maxRows;

    private Sampler(Builder builder) {
        this.denoiser = builder.denoiser;
        Moments moments = denoiser.moments().orElse(null);
        if (moments != null && moments.dimension() != denoiser.dimension()) {
            throw new IllegalArgumentException("the denoiser's moments must have its dimension " + denoiser.dimension()
                    + ", have " + moments.dimension());
        }
        if (builder.fromSigma > denoiser.maxSigma()) {
            throw new IllegalStateException("fromSigma must be at most " + denoiser.maxSigma()
                    + ", the largest noise level that the denoiser knows, was " + builder.fromSigma);
        }
        Problem problem =
                new Problem(denoiser.dimension(), builder.fromSigma, builder.toSigma, builder.radiusOf(moments));
        this.solver = builder.solver.prepare(problem);
        this.plan = Plan.of(problem, solver.landings(), builder.stages);
        this.start = new GaussianStart(denoiser.dimension(), moments, builder.fromSigma);
        this.noise = new NoiseSource(builder.seed);
        this.demand = new Demand(builder.width, builder.readAhead);
        this.maxRows = builder.maxRows;
    }

    /** A builder of samplers for a denoiser. */
    public static Builder builder(Denoiser denoiser) {
        return new Builder(Objects.requireNonNull(denoiser, "denoiser"));
    }

    /** How the noise range is cut into stages. */
    public Plan plan() {
        return plan;
    }

    /** All samples from number 0 on; see {@link #samples(long, long)}. */
    public Flux<Sample> samples() {
        return samples(0);
    }

    /** All samples from number {@code from} on; see {@link #samples(long, long)}. */
    public Flux<Sample> samples(long from) {
        return samples(from, Long.MAX_VALUE);
    }

    /**
     * The samples {@code from, from + 1, ..., to - 1}, in this order.
     *
     * <p>Cold: each subscriber has a computation of its own, which starts with the first request and runs on the threads
     * that request. {@code request(n)} starts at most {@code n + readAhead} trajectories, of which at most {@code width} are
     * in flight; nothing is computed for samples that nobody asked for beyond that. Cancelling stops after the denoiser call
     * in flight. A sample that fails is delivered with its reason and disturbs no other; the stream itself fails only with
     * the virtual machine.
     *
     * @param from the first sample's number, at least 0
     * @param to one more than the last sample's number, at least {@code from}
     */
    public Flux<Sample> samples(long from, long to) {
        Require.atLeast("from", from, 0);
        Require.atLeast("to", to, from);
        return run(
                from,
                to,
                index -> new Trajectory(
                        index,
                        start.draw(noise.normals(Purpose.START, index)),
                        plan.fromSigma(),
                        noise.normals(Purpose.STEP, index),
                        solver));
    }

    /** Decodes all states; see {@link #decode(double[][], int, int)}. */
    public Flux<Sample> decode(double[][] states) {
        return decode(states, 0, states.length);
    }

    /**
     * Carries given states from the largest noise level to the smallest: sample k starts from row k, for the rows
     * {@code from, from + 1, ..., to - 1}. Otherwise like {@link #samples(long, long)}.
     *
     * @param states at the largest noise level, in canonical form; copied
     * @param from the first row, at least 0
     * @param to one more than the last row, at least {@code from} and at most the number of states
     */
    public Flux<Sample> decode(double[][] states, int from, int to) {
        Require.atLeast("from", from, 0);
        Require.atLeast("to", to, from);
        Require.atLeast("number of states", states.length, to);
        double[][] rows = new double[to - from][];
        for (int k = from; k < to; k++) {
            rows[k - from] = Require.finiteRow("state " + k, states[k], denoiser.dimension())
                    .clone();
        }
        return run(
                from,
                to,
                index -> new Trajectory(
                        index,
                        rows[(int) index - from].clone(),
                        plan.fromSigma(),
                        noise.normals(Purpose.STEP, index),
                        solver));
    }

    private Flux<Sample> run(long from, long to, TrajectoryFlux.Source source) {
        return TrajectoryFlux.run(denoiser, maxRows, plan, demand, from, to, source)
                .map(done -> new Sample(done.index(), done.z(), done.certificate()));
    }

    /**
     * Collects settings; neither immutable nor thread-safe. The noise range has no default, nor has the radius where the
     * denoiser gives no moments.
     */
    public static final class Builder {
        private final Denoiser denoiser;
        private double fromSigma = Double.NaN;
        private double toSigma = Double.NaN;
        private OptionalDouble radius = OptionalDouble.empty();
        private Solver solver = new Sliding(1e-4);
        private int stages = 4;
        private long seed;
        private int width = 256;
        private int readAhead = 16;
        private int maxRows = 4096;

        private Builder(Denoiser denoiser) {
            this.denoiser = denoiser;
        }

        /** The canonical noise levels where trajectories start and end: {@code from > to > 0}. */
        public Builder noiseRange(double from, double to) {
            SigmaGrid.requireRange(from, to);
            this.fromSigma = from;
            this.toSigma = to;
            return this;
        }

        /** The data's radius, the unit of tolerances, in the data's units. Defaults to the denoiser's moments. */
        public Builder radius(double value) {
            this.radius = OptionalDouble.of(Require.positive("radius", value));
            return this;
        }

        /** How trajectories are solved. Defaults to sliding-window collocation at tolerance 1e-4. */
        public Builder solver(Solver value) {
            this.solver = Objects.requireNonNull(value, "solver");
            return this;
        }

        /** Sub-intervals of the noise range, equal in ln sigma, each a stage of the stream, at least 1. Defaults to 4. */
        public Builder stages(int value) {
            this.stages = Require.atLeast("stages", value, 1);
            return this;
        }

        /** With the sample's number, the identity of a sample. Defaults to 0. */
        public Builder seed(long value) {
            this.seed = value;
            return this;
        }

        /** Trajectories in flight for one subscriber, 1 to 2^20. Defaults to 256. */
        public Builder width(int value) {
            this.width = Require.within("width", value, 1, Demand.WIDEST);
            return this;
        }

        /** Trajectories started beyond what was requested, at least 0. Defaults to 16. */
        public Builder readAhead(int value) {
            this.readAhead = Require.atLeast("readAhead", value, 0);
            return this;
        }

        /** The most rows in one denoiser call, at least 1. Defaults to 4096. */
        public Builder maxRows(int value) {
            this.maxRows = Require.atLeast("maxRows", value, 1);
            return this;
        }

        /**
         * The sampler.
         *
         * @throws IllegalStateException if the noise range or the radius is missing, or settings contradict each other
         * @throws IllegalArgumentException if what the denoiser says of itself is out of range
         */
        public Sampler build() {
            if (Double.isNaN(fromSigma)) {
                throw new IllegalStateException("the noise range is missing; call noiseRange(from, to)");
            }
            return new Sampler(this);
        }

        private double radiusOf(@Nullable Moments moments) {
            if (radius.isPresent()) {
                return radius.getAsDouble();
            }
            if (moments == null) {
                throw new IllegalStateException(
                        "the data's radius is missing; call radius(value), or let the denoiser give its moments()");
            }
            return moments.radius();
        }
    }
}
