package io.scoreflux;

import io.scoreflux.Plan.Origin;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.stream.BatchGateway;
import io.scoreflux.internal.stream.JoinedMono;
import io.scoreflux.internal.stream.PilotRun;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.InitialDistribution;
import io.scoreflux.model.Moments;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.PiecewiseSolver;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.Placement;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.state.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.Loggers;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** Makes the plan of a sampler: at construction if no pilot is needed, otherwise when it is first needed. It makes one plan. Thread-safe. */
final class Planner {
    /** If the noise range ends at 0, the pilot for the moments ends at this fraction of fromSigma, which is far below the radius of the data. */
    private static final double LOW = 1e-4;

    /** The steps of the pilot for the moments. Its scheme needs no radius. */
    private static final int MOMENT_CALLS = 24;

    private final DenoiserInfo denoiser;
    private final Supplier<BatchGateway> gateways;
    /** Whether the denoiser is called on the requesting thread. A pilot then runs on that thread too. */
    private final boolean callsHere;

    private final Mono<Prepared> preparing;
    private final double fromSigma;
    private final double toSigma;
    private final @Nullable Moments moments;
    private final @Nullable Condition condition;
    private final @Nullable LongFunction<@Nullable Condition> conditions;
    private final double givenRadius;
    private final Solver solver;
    private final int stages;
    private final double[] boundaries;
    private final Set<Integer> ownStages;
    private final @Nullable Plan given;
    private final ConcurrencyLimit concurrency;
    private volatile @Nullable Prepared prepared;
    private final AtomicBoolean announced = new AtomicBoolean();

    /** The plan and the objects that the first sample needs. The moments are those of the initial states, or null if unknown. */
    record Prepared(
            Plan plan,
            PreparedSolver solver,
            Tolerances tolerances,
            InitialDistribution start,
            @Nullable Moments moments) {}

    Planner(SamplerBuilder builder, Supplier<BatchGateway> gateways, Set<Integer> ownStages) {
        this.denoiser = builder.info;
        this.gateways = gateways;
        this.callsHere = builder.callsHere();
        this.preparing = callsHere ? pilot() : shared(pilot());
        this.ownStages = ownStages;
        this.given = builder.plan;
        this.concurrency = builder.concurrency();
        this.fromSigma = given == null ? builder.fromSigma : given.fromSigma();
        this.toSigma = given == null ? builder.toSigma : given.toSigma();
        this.moments = denoiser.moments().orElse(null);
        this.condition = builder.condition;
        this.conditions = builder.conditions;
        this.givenRadius = builder.radius.orElse(Double.NaN);
        this.solver = PiecewiseSolver.of(builder.solver, denoiser.jumps());
        this.stages = builder.stages;
        this.boundaries = builder.boundaries.clone();
        check();
        if (given == null && (radiusIsUnknown() || solver.needsPilot())) {
            Problem any =
                    new Problem(denoiser.dimension(), fromSigma, toSigma > 0 ? toSigma : LOW * fromSigma, fromSigma);
            PreparedSolver pilot = new FixedStep(Scheme.UNIPC, MOMENT_CALLS).prepare(any);
            ConcurrencyLimit.checkPilot(
                    denoiser.dimension(), Pilot.ROWS, ConcurrencyLimit.bytes(pilot, denoiser.dimension()));
        }
        if (given != null) {
            prepared = resume(given);
        } else if (!radiusIsUnknown() && !solver.needsPilot()) {
            prepared = prepare(Context.empty(), Mono.never());
        }
    }

    /** Returns the noise level where trajectories end. */
    double toSigma() {
        return toSigma;
    }

    private void check() {
        if (Double.isNaN(fromSigma)) {
            throw new InvalidConfigurationException(
                    "fromSigma", "must be given, with {toSigma}", null, "call noiseRange(from, to)");
        }
        if (moments != null && moments.dimension() != denoiser.dimension()) {
            throw new InvalidArgumentException(
                    "moments", "must have the denoiser's dimension " + denoiser.dimension(), moments.dimension());
        }
        SigmaGrid.requireRepresentable(fromSigma, toSigma);
        if (given != null) {
            SigmaGrid.requireRadius(given.radius());
        } else if (!Double.isNaN(givenRadius) || moments != null) {
            SigmaGrid.requireRadius(
                    Double.isNaN(givenRadius) ? Objects.requireNonNull(moments).radius() : givenRadius);
        }
        if (fromSigma > denoiser.maxSigma()) {
            throw new InvalidConfigurationException(
                    "fromSigma",
                    "must be at most " + Violation.text(denoiser.maxSigma())
                            + ", the largest noise level that the denoiser supports",
                    fromSigma);
        }
        solver.requireEnd(toSigma);
        for (double cut : boundaries) {
            if (!(cut < fromSigma && cut > toSigma)) {
                throw new InvalidConfigurationException(
                        "boundaries",
                        "must lie inside the noise range from " + Violation.text(fromSigma) + " to "
                                + Violation.text(toSigma),
                        cut);
            }
        }
    }

    private void checkOwnStages(Plan plan) {
        for (int number : ownStages) {
            if (number >= plan.stages()) {
                throw new InvalidConfigurationException(
                        "afterStage",
                        "must be below " + plan.stages() + ", the number of stages, because stages are counted from 0",
                        number,
                        "use a lower number",
                        "raise {stages}");
            }
        }
    }

    private boolean radiusIsUnknown() {
        return moments == null && Double.isNaN(givenRadius);
    }

    /** Returns the prepared plan, or null if it needs a pilot that has not run. */
    @Nullable
    Prepared prepared() {
        return prepared;
    }

    /**
     * Runs the pilot if the plan needs one, in the context of the subscriber. A failure is not stored: the next subscriber tries again. If
     * the last subscriber cancels, the pilot ends after the call in flight.
     *
     * <p>If the denoiser is called on the requesting thread, the pilot runs on that thread, and other requesting threads wait for it.
     * Otherwise one pilot serves all waiting subscribers. It runs on a separate thread, because a thread that delivers values must not wait
     * for values.
     */
    Mono<Prepared> preparing() {
        return preparing;
    }

    /** {@link #preparing()} for samples. It logs the pilot, because a subscriber to samples may not expect one. */
    Mono<Prepared> preparingSamples() {
        return Mono.defer(() -> {
            announce();
            return preparing;
        });
    }

    /** Waits for {@link #preparing()}. */
    Prepared await() {
        return callsHere ? once(Context.empty(), Mono.never()) : Objects.requireNonNull(preparing.block());
    }

    private Mono<Prepared> pilot() {
        return Mono.create(sink -> {
            Sinks.Empty<Void> unwanted = Sinks.empty();
            sink.onCancel(unwanted::tryEmitEmpty);
            Runnable pilot = () -> {
                try {
                    sink.success(once(sink.contextView(), unwanted.asMono()));
                } catch (CancellationException e) {
                    // All subscribers have cancelled.
                } catch (Throwable e) {
                    sink.error(e);
                }
            };
            if (callsHere) {
                pilot.run();
            } else {
                try {
                    Thread thread = new Thread(pilot, "scoreflux-pilot");
                    thread.setDaemon(true);
                    thread.start();
                } catch (Throwable e) {
                    // The virtual machine cannot create a thread. Reactor would throw this error instead of signalling
                    // it.
                    sink.error(e);
                }
            }
        });
    }

    /** Runs one pilot for all subscribers that wait at the same time, and cancels it when the last of them cancels. */
    private Mono<Prepared> shared(Mono<Prepared> pilot) {
        return Mono.fromSupplier(this::prepared).switchIfEmpty(new JoinedMono<>(pilot));
    }

    private synchronized Prepared once(ContextView context, Mono<Void> unwanted) {
        Prepared now = prepared;
        if (now == null) {
            now = prepare(context, unwanted);
            prepared = now;
        }
        return now;
    }

    /** Logs the pilot once. A retry after a failure is not logged again. */
    private void announce() {
        if (prepared != null || !announced.compareAndSet(false, true)) {
            return;
        }
        Loggers.getLogger("io.scoreflux.Sampler")
                .info(
                        "before the first sample, a pilot {}; plan() reports its denoiser calls, and no certificate"
                                + " counts them. {}, or give a saved plan(). prepare() runs the pilot earlier.",
                        radiusIsUnknown()
                                ? "of " + Pilot.ROWS + " trajectories runs because the radius of the data is unknown"
                                : "runs because the solver " + solver.name() + " needs it to place its steps",
                        radiusIsUnknown()
                                ? "To avoid it, give radius(...) or a denoiser with moments"
                                : "To avoid it, use another solver");
    }

    private Prepared prepare(ContextView context, Mono<Void> unwanted) {
        Plan.Estimate estimate = null;
        long pilotCalls = 0;
        double radius = Double.isNaN(givenRadius) && moments != null ? moments.radius() : givenRadius;
        if (radiusIsUnknown()) {
            double end = toSigma > 0 ? toSigma : LOW * fromSigma;
            Problem unscaled = new Problem(denoiser.dimension(), fromSigma, end, fromSigma, denoiser.rounding());
            PilotRun pilot = pilot(unscaled, startOf(null), context, unwanted);
            estimate = estimate(pilot.run(new FixedStep(Scheme.UNIPC, MOMENT_CALLS).prepare(unscaled)));
            radius = Math.sqrt(estimate.variance() * denoiser.dimension());
            pilotCalls = pilot.calls();
        }
        Problem problem = new Problem(denoiser.dimension(), fromSigma, toSigma, radius, denoiser.rounding());
        Placement placement = null;
        Solver placed = solver;
        PreparedSolver ready;
        InitialDistribution start;
        long bytes;
        if (solver.needsPilot()) {
            start = startOf(estimate);
            PilotRun pilot = pilot(problem, start, context, unwanted);
            placement = solver.place(problem, pilot);
            placed = solver.placed(placement);
            pilotCalls += pilot.calls();
            ready = placed.prepare(problem);
            bytes = bytes(placed, ready);
        } else {
            ready = solver.prepare(problem);
            bytes = bytes(solver, ready);
            // The memory is checked first, because the distribution of initial states also needs memory.
            start = startOf(estimate);
        }
        Plan plan = new Plan(
                cut(problem, ready.stopLevels()),
                radius,
                Double.isNaN(givenRadius) ? (estimate == null ? Origin.DENOISER : Origin.PILOT) : Origin.GIVEN,
                moments != null ? Origin.DENOISER : estimate != null ? Origin.PILOT : Origin.NONE,
                estimate,
                placement,
                pilotCalls,
                bytes);
        checkOwnStages(plan);
        return new Prepared(plan, ready, new Tolerances(placed, problem), start, momentsOf(estimate));
    }

    private PilotRun pilot(Problem problem, InitialDistribution start, ContextView context, Mono<Void> unwanted) {
        return new PilotRun(
                gateways,
                problem,
                start,
                denoiser,
                conditions == null ? index -> condition : conditions,
                context,
                unwanted);
    }

    private List<Double> cut(Problem problem, double[] stopLevels) {
        if (boundaries.length == 0) {
            return Plan.divide(problem, stopLevels, stages);
        }
        double[] levels = new double[boundaries.length + 2];
        levels[0] = fromSigma;
        levels[levels.length - 1] = toSigma;
        System.arraycopy(boundaries, 0, levels, 1, boundaries.length);
        return Plan.at(stopLevels, levels);
    }

    /** Returns the memory of one trajectory in bytes, and checks it against the limit. */
    private long bytes(Solver placed, PreparedSolver ready) {
        long bytes = ConcurrencyLimit.bytes(ready, denoiser.dimension());
        concurrency.check("the solver " + placed.name(), denoiser.dimension(), bytes);
        return bytes;
    }

    /** Prepares the solver for a given plan. */
    private Prepared resume(Plan plan) {
        Plan.Estimate estimate = plan.estimate();
        if (estimate != null && estimate.mean().size() != denoiser.dimension()) {
            throw new InvalidArgumentException(
                    "plan",
                    "must be for states of the denoiser's dimension " + denoiser.dimension(),
                    estimate.mean().size(),
                    "make a plan for this denoiser");
        }
        if (plan.radiusFrom() == Origin.DENOISER && moments != null && plan.radius() != moments.radius()) {
            throw new InvalidArgumentException(
                    "plan",
                    "must be for data of the denoiser's radius " + Violation.text(moments.radius()),
                    plan.radius(),
                    "make a plan for this denoiser");
        }
        Problem problem = new Problem(denoiser.dimension(), fromSigma, toSigma, plan.radius(), denoiser.rounding());
        Solver placed = solver.placed(plan.placement());
        PreparedSolver ready = placed.prepare(problem);
        List<Double> planned = Plan.at(
                ready.stopLevels(),
                plan.boundaries().stream().mapToDouble(Double::doubleValue).toArray());
        Plan own = new Plan(
                planned,
                plan.radius(),
                plan.radiusFrom(),
                plan.momentsFrom(),
                estimate,
                plan.placement(),
                plan.pilotCalls(),
                bytes(placed, ready));
        checkOwnStages(own);
        return new Prepared(own, ready, new Tolerances(placed, problem), startOf(estimate), momentsOf(estimate));
    }

    private InitialDistribution startOf(Plan.@Nullable Estimate estimate) {
        return new InitialDistribution(denoiser.dimension(), momentsOf(estimate), fromSigma);
    }

    private @Nullable Moments momentsOf(Plan.@Nullable Estimate estimate) {
        if (moments != null || estimate == null) {
            return moments;
        }
        double[] mean =
                estimate.mean().stream().mapToDouble(Double::doubleValue).toArray();
        return new Moments(mean, Covariance.isotropic(Math.sqrt(estimate.variance())));
    }

    /** Returns the mean of the end states of the pilot and their unbiased variance. */
    private static Plan.Estimate estimate(List<Trajectory> ends) {
        int dimension = ends.get(0).dimension();
        List<Double> mean = new ArrayList<>(dimension);
        double squares = 0;
        for (int k = 0; k < dimension; k++) {
            double sum = 0;
            for (Trajectory end : ends) {
                sum += end.z(k);
            }
            double centre = sum / ends.size();
            mean.add(centre);
            for (Trajectory end : ends) {
                squares += (end.z(k) - centre) * (end.z(k) - centre);
            }
        }
        double variance = squares / (ends.size() - 1) / dimension;
        if (!(variance > 0)) {
            throw new InvalidConfigurationException(
                    "radius", "must be given, because the samples of the pilot have no spread", null, "give {radius}");
        }
        return new Plan.Estimate(mean, variance);
    }
}
