package io.scoreflux.stream;

import io.scoreflux.model.Denoiser;
import io.scoreflux.model.GaussianStart;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.stage.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import reactor.core.Exceptions;

/** Runs pilot trajectories on the calling thread, all in flight together. */
public final class PilotRun implements Pilot {
    /** The pilot is the same whatever the sampler's seed. */
    private static final NoiseSource KEY = new NoiseSource(0);

    private final Denoiser denoiser;
    private final int maxRows;
    private final Problem problem;
    private final GaussianStart start;
    private long calls;

    /** A pilot for a problem, from a starting law. */
    public PilotRun(Denoiser denoiser, int maxRows, Problem problem, GaussianStart start) {
        this.denoiser = denoiser;
        this.maxRows = maxRows;
        this.problem = problem;
        this.start = start;
    }

    @Override
    public List<Trajectory> run(PreparedSolver solver) {
        List<Trajectory> done = new ArrayList<>(ROWS);
        AtomicReference<Throwable> error = new AtomicReference<>();
        TrajectoryFlux.run(
                        denoiser,
                        maxRows,
                        Plan.of(problem, solver.landings(), 1),
                        new Demand(ROWS, 0),
                        0,
                        ROWS,
                        index -> new Trajectory(
                                index,
                                start.draw(KEY.normals(Purpose.PILOT, index)),
                                problem.fromSigma(),
                                KEY.normals(Purpose.STEP, index),
                                solver))
                .subscribe(done::add, error::set);
        if (error.get() != null) {
            throw Exceptions.propagate(error.get());
        }
        for (Trajectory trajectory : done) {
            calls += trajectory.calls();
        }
        for (Trajectory trajectory : done) {
            if (trajectory.failure() != null) {
                throw new IllegalStateException("the pilot's trajectory " + trajectory.index()
                        + " failed, and without a pilot there is no plan: " + trajectory.failure());
            }
        }
        return done;
    }

    @Override
    public long calls() {
        return calls;
    }
}
