package io.scoreflux;

import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.stage.Plan;
import io.scoreflux.state.Require;
import io.scoreflux.stream.Demand;
import io.scoreflux.stream.FaultPolicy;
import io.scoreflux.stream.FirstRequestFlux;
import io.scoreflux.stream.Gateway;
import io.scoreflux.stream.Order;
import io.scoreflux.stream.TrajectoryFlux;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * A source of samples from the law that a denoiser describes. Immutable and thread-safe; made by {@link #builder}.
 *
 * <p>Sample k is a function of the seed, k and the numerical settings alone: not of batch size, demand, threads, order, or
 * where a stream starts.
 */
public final class Sampler {
    private final int dimension;
    private final Supplier<Gateway> gateways;
    /** Whether waiting for a pilot would block a thread that others answer. */
    private final boolean answersElsewhere;

    private final Planner planner;
    private final NoiseSource noise;
    private final Demand demand;
    private final FaultPolicy faults;

    private Sampler(Builder builder) {
        this.dimension = builder.info.dimension();
        this.gateways = builder.gateways();
        this.answersElsewhere = builder.gateway != null;
        this.planner = new Planner(builder, gateways);
        this.noise = new NoiseSource(builder.seed);
        this.demand = new Demand(builder.width, builder.readAhead, builder.order);
        this.faults = builder.faults;
    }

    /** A builder of samplers for a denoiser, which is called on the threads that request. */
    public static Builder builder(Denoiser denoiser) {
        Objects.requireNonNull(denoiser, "denoiser");
        return new Builder(denoiser, denoiser, null);
    }

    /** A builder of samplers for an asynchronous denoiser, by a gateway of their own with one call in flight. */
    public static Builder builder(AsyncDenoiser denoiser) {
        return builder(Gateway.builder(denoiser).build());
    }

    /**
     * A builder of samplers that reach their denoiser by a gateway, which they may share with others: queries of all of them go into
     * common calls. Samples come on the threads that answer.
     */
    public static Builder builder(Gateway gateway) {
        return new Builder(gateway.info(), null, gateway);
    }

    /**
     * How the noise range is cut into stages, and the radius and moments with where they come from.
     *
     * <p>A budget of calls, and an unknown radius, need a pilot of 32 trajectories: it runs now, on this thread, unless samples were
     * asked for before. Its calls are in the plan and in no sample.
     *
     * @throws IllegalStateException if a trajectory of the pilot fails
     */
    public Plan plan() {
        return planner.prepared().plan();
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
     * The samples {@code from, from + 1, ..., to - 1}, in this order unless {@link Builder#order} says otherwise.
     *
     * <p>Cold: each subscriber has a computation of its own, which starts with the first request and runs on the threads
     * that request. {@code request(n)} starts at most {@code n + readAhead} trajectories, of which at most {@code width} are
     * in flight; nothing is computed for samples that nobody asked for beyond that. Cancelling stops after the denoiser call
     * in flight. A sample that fails disturbs no other and is delivered with its reason, unless {@link Builder#faults} says
     * otherwise; the stream itself then fails only with the virtual machine.
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
                prepared -> index -> new Trajectory(
                        index,
                        prepared.start().draw(noise.normals(Purpose.START, index)),
                        prepared.plan().fromSigma(),
                        noise.normals(Purpose.STEP, index),
                        prepared.solver()));
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
            rows[k - from] =
                    Require.finiteRow("state " + k, states[k], dimension).clone();
        }
        return run(
                from,
                to,
                prepared -> index -> new Trajectory(
                        index,
                        rows[(int) index - from].clone(),
                        prepared.plan().fromSigma(),
                        noise.normals(Purpose.STEP, index),
                        prepared.solver()));
    }

    private Flux<Sample> run(long from, long to, Function<Planner.Prepared, TrajectoryFlux.Source> source) {
        Supplier<Flux<Sample>> flux = () -> {
            Planner.Prepared prepared = planner.prepared();
            return TrajectoryFlux.run(gateways, prepared.plan(), demand, from, to, source.apply(prepared))
                    .handle((done, sink) -> {
                        if (faults.delivers(done.index(), done.failure())) {
                            sink.next(new Sample(done.index(), done.z(), done.certificate()));
                        }
                    });
        };
        // A stream of nothing completes unasked, and needs no pilot.
        if (from == to) {
            return Flux.empty();
        }
        if (planner.isPrepared()) {
            return flux.get();
        }
        // The pilot waits for its answers, which must come from other threads than it waits on.
        return new FirstRequestFlux<>(
                answersElsewhere ? () -> Flux.defer(flux).subscribeOn(Schedulers.boundedElastic()) : flux);
    }

    /**
     * Collects settings; neither immutable nor thread-safe. The noise range has no default.
     */
    public static final class Builder {
        private static final int MOST_ROWS = 4096;

        final DenoiserInfo info;
        final @Nullable Gateway gateway;
        private final @Nullable Denoiser denoiser;
        double fromSigma = Double.NaN;
        double toSigma = Double.NaN;
        OptionalDouble radius = OptionalDouble.empty();
        Solver solver = new Sliding(1e-4);
        int stages = 4;
        double[] cuts = new double[0];

        @Nullable
        Plan plan;

        private @Nullable Integer maxRows;
        private long seed;
        private int width = 256;
        private int readAhead = 16;
        private Order order = Order.BY_INDEX;
        private FaultPolicy faults = FaultPolicy.deliver();

        private Builder(DenoiserInfo info, @Nullable Denoiser denoiser, @Nullable Gateway gateway) {
            this.info = info;
            this.denoiser = denoiser;
            this.gateway = gateway;
        }

        Supplier<Gateway> gateways() {
            Gateway shared = gateway;
            if (shared != null) {
                if (maxRows != null) {
                    throw new IllegalStateException("maxRows is the gateway's; set it there");
                }
                return () -> shared;
            }
            return Gateway.onCaller(Objects.requireNonNull(denoiser), maxRows == null ? MOST_ROWS : maxRows);
        }

        /**
         * The canonical noise levels where trajectories start and end: {@code from > to >= 0}. Ending at 0, where the state is the
         * datum itself, takes {@link Sliding}.
         */
        public Builder noiseRange(double from, double to) {
            SigmaGrid.requireRange(from, to);
            this.fromSigma = from;
            this.toSigma = to;
            return this;
        }

        /**
         * The data's radius, the unit of tolerances, in the data's units. Defaults to the denoiser's moments, and where it gives
         * none to the estimate of a pilot.
         */
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
            this.cuts = new double[0];
            return this;
        }

        /** The noise levels between stages, descending, inside the noise range; instead of a number of stages. */
        public Builder cuts(double... sigma) {
            for (int i = 1; i < sigma.length; i++) {
                SigmaGrid.requireRange(sigma[i - 1], sigma[i]);
            }
            this.cuts = sigma.clone();
            this.stages = sigma.length + 1;
            return this;
        }

        /**
         * A plan made before, for the same denoiser: its noise range, stages, radius and what its pilot found are used as they are,
         * instead of settings of those names and of a solver that needs a pilot.
         */
        public Builder plan(Plan value) {
            this.plan = Objects.requireNonNull(value, "plan");
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

        /** The order in which samples are delivered. Defaults to {@link Order#BY_INDEX}. */
        public Builder order(Order value) {
            this.order = Objects.requireNonNull(value, "order");
            return this;
        }

        /** What becomes of samples that fail. Defaults to {@link FaultPolicy#deliver}. */
        public Builder faults(FaultPolicy value) {
            this.faults = Objects.requireNonNull(value, "faults");
            return this;
        }

        /** The most rows in one denoiser call, at least 1. Defaults to 4096; with a gateway given, it is the gateway's. */
        public Builder maxRows(int value) {
            this.maxRows = Require.atLeast("maxRows", value, 1);
            return this;
        }

        /**
         * The sampler.
         *
         * @throws IllegalStateException if the noise range is missing, or settings contradict each other
         * @throws IllegalArgumentException if what the denoiser says of itself is out of range
         */
        public Sampler build() {
            return new Sampler(this);
        }
    }
}
