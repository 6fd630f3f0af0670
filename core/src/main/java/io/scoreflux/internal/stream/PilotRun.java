package io.scoreflux.internal.stream;

import io.scoreflux.error.Failure;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.stream.TrajectoryFlux.Ended;
import io.scoreflux.internal.stream.TrajectoryFlux.Engine;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.InitialDistribution;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Condition;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** A pilot that runs its trajectories on the engine and waits for them. */
public final class PilotRun implements Pilot {
    /** A fixed key, so that the pilot does not depend on the seed of the sampler. */
    private static final NoiseSource KEY = new NoiseSource(0);

    /** The maximum number of trajectories in flight. */
    private static final int CONCURRENCY = 4096;

    private final Supplier<BatchGateway> gateway;
    private final Problem problem;
    private final InitialDistribution start;
    private final DenoiserInfo denoiser;
    private final LongFunction<@Nullable Condition> conditions;
    private final ContextView context;
    private final Mono<Void> unwanted;
    private long calls;

    /**
     * Creates a pilot.
     *
     * @param gateway supplies the gateway of each run
     * @param problem the problem to solve
     * @param start the distribution of the initial states
     * @param denoiser the denoiser behind the gateways
     * @param conditions returns the condition of each trajectory, or null for none
     * @param context the context of the subscriber that starts the pilot
     * @param unwanted completes when the pilot is no longer needed; the run then throws a {@link CancellationException}
     */
    public PilotRun(
            Supplier<BatchGateway> gateway,
            Problem problem,
            InitialDistribution start,
            DenoiserInfo denoiser,
            LongFunction<@Nullable Condition> conditions,
            ContextView context,
            Mono<Void> unwanted) {
        this.gateway = gateway;
        this.problem = problem;
        this.start = start;
        this.denoiser = denoiser;
        this.conditions = conditions;
        this.context = context;
        this.unwanted = unwanted;
    }

    @Override
    public List<Trajectory> run(PreparedSolver solver, int rows) {
        Mono<List<Trajectory>> run = TrajectoryFlux.run(
                        new Engine(Rails.one(gateway), new Demand(Math.min(rows, CONCURRENCY), 0)),
                        List.of(problem.toSigma()),
                        0,
                        rows,
                        index -> at(index, solver))
                .contextWrite(context)
                .map(Ended::trajectory)
                .collectList()
                .takeUntilOther(unwanted)
                .switchIfEmpty(Mono.error(() -> new CancellationException("no subscriber waits for the pilot")));
        List<Trajectory> done = await(run.toFuture());
        for (Trajectory trajectory : done) {
            calls += trajectory.calls();
        }
        for (Trajectory trajectory : done) {
            Failure failure = trajectory.failure();
            if (failure != null) {
                throw new InvalidConfigurationException(
                        new Violation(
                                "the pilot",
                                "must finish, because the plan depends on it; trajectory " + trajectory.index()
                                        + " failed at " + failure.place() + ", where "
                                        + failure.violation().withRemedies().message(),
                                null,
                                failure.violation().remedies()),
                        failure.cause());
            }
        }
        return done;
    }

    private OrderedRun at(long index, PreparedSolver solver) {
        Condition condition = DenoiserInfo.require(denoiser, conditions.apply(index));
        return OrderedRun.of(new SolverRun(
                index,
                condition,
                sigma -> denoiser.evaluations(condition, sigma),
                start.draw(KEY.normals(Purpose.PILOT, index)),
                problem.fromSigma(),
                KEY.normals(Purpose.STEP, index),
                solver));
    }

    private static List<Trajectory> await(CompletableFuture<List<Trajectory>> answer) {
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw Exceptions.propagate(Objects.requireNonNull(e.getCause()));
        }
    }

    @Override
    public long calls() {
        return calls;
    }
}
