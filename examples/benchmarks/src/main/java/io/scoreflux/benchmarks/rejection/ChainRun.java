package io.scoreflux.benchmarks.rejection;

import io.scoreflux.model.Denoiser;
import io.scoreflux.model.InitialDistribution;
import io.scoreflux.model.Moments;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.List;

/** Runs chains one after another in a simple loop. */
final class ChainRun implements Pilot {
    private final Denoiser denoiser;
    private final Problem problem;
    private final InitialDistribution start;
    private final NoiseSource noise;
    private long calls;

    ChainRun(Denoiser denoiser, Moments moments, Problem problem, long seed) {
        this.denoiser = denoiser;
        this.problem = problem;
        this.start = new InitialDistribution(problem.dimension(), moments, problem.fromSigma());
        this.noise = new NoiseSource(seed);
    }

    @Override
    public List<Trajectory> run(PreparedSolver solver, int rows) {
        List<Trajectory> done = new ArrayList<>(rows);
        Rows batch = new Rows(problem.dimension(), 1);
        double[] answer = new double[problem.dimension()];
        for (long index = 0; index < rows; index++) {
            SolverRun chain = new SolverRun(
                    index,
                    start.draw(noise.normals(Purpose.START, index)),
                    problem.fromSigma(),
                    noise.normals(Purpose.STEP, index),
                    solver);
            chain.target(problem.toSigma());
            while (!chain.done()) {
                batch.clear();
                chain.ask(batch);
                denoiser.denoise(batch, answer);
                chain.tell(batch, answer, 0);
            }
            if (chain.failure() != null) {
                throw new IllegalStateException(String.valueOf(chain.failure()));
            }
            chain.retire();
            calls += chain.calls();
            done.add(chain);
        }
        return done;
    }

    @Override
    public long calls() {
        return calls;
    }
}
