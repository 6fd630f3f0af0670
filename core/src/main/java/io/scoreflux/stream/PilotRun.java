package io.scoreflux.stream;

import io.scoreflux.model.GaussianStart;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.stage.Plan;
import io.scoreflux.state.Failure;
import io.scoreflux.stream.TrajectoryFlux.Engine;
import java.util.List;
import java.util.function.Supplier;
import reactor.util.context.ContextView;

/** Runs pilot trajectories, all in flight together, and waits for them. */
public final class PilotRun implements Pilot {
    /** The pilot is the same whatever the sampler's seed. */
    private static final NoiseSource KEY = new NoiseSource(0);

    /** Trajectories in flight together. */
    private static final int WIDTH = 4096;

    private final Supplier<Gateway> gateway;
    private final Problem problem;
    private final GaussianStart start;
    private final ContextView context;
    private long calls;

    /** A pilot for a problem, from a starting law, in the context of who asks for it. */
    public PilotRun(Supplier<Gateway> gateway, Problem problem, GaussianStart start, ContextView context) {
        this.gateway = gateway;
        this.problem = problem;
        this.start = start;
        this.context = context;
    }

    @Override
    public List<Trajectory> run(PreparedSolver solver, int rows) {
        List<Trajectory> done = TrajectoryFlux.run(
                        new Engine(Lanes.one(gateway), new Demand(Math.min(rows, WIDTH), 0)),
                        Plan.of(problem, solver.landings(), 1),
                        0,
                        rows,
                        index -> new Trajectory(
                                index,
                                start.draw(KEY.normals(Purpose.PILOT, index)),
                                problem.fromSigma(),
                                KEY.normals(Purpose.STEP, index),
                                solver))
                .contextWrite(context)
                .collectList()
                .toFuture()
                .join();
        for (Trajectory trajectory : done) {
            calls += trajectory.calls();
        }
        for (Trajectory trajectory : done) {
            Failure failure = trajectory.failure();
            if (failure != null) {
                throw new IllegalStateException(
                        "the pilot's trajectory " + trajectory.index()
                                + " failed, and without a pilot there is no plan: " + failure.message(),
                        failure.cause());
            }
        }
        return done;
    }

    @Override
    public long calls() {
        return calls;
    }
}
