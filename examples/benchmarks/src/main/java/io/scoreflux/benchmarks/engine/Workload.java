package io.scoreflux.benchmarks.engine;

import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.benchmarks.KnownProblem;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.InitialDistribution;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.stream.Gateway;
import java.nio.file.Path;
import java.util.function.LongFunction;

/** A denoiser, problem and solver for a benchmark. The moments are known, so that no pilot run is needed. */
record Workload(String name, Denoiser denoiser, Problem problem, Solver solver) {
    private static final long SEED = 1;

    /** One of the problems with known answers. */
    static Workload of(KnownProblem known, Path problems, Solver solver) {
        Experiment experiment = known.experiment(problems, 1);
        return new Workload(known.label(), experiment.denoiser(), experiment.problem(), solver);
    }

    /** A single Gaussian, which is a model of negligible cost. */
    static Workload gaussian(int dimension, Solver solver) {
        Shrinkage one = new Shrinkage(dimension, 0.5);
        double radius = one.moments().orElseThrow().radius();
        return new Workload("gaussian-" + dimension + "d", one, new Problem(dimension, 20, 0.02, radius), solver);
    }

    /** The same workload with another denoiser that gives the same results. */
    Workload with(Denoiser other) {
        return new Workload(name, other, problem, solver);
    }

    /** A sampler builder with a private gateway for each subscriber, on the requesting thread. */
    SamplerBuilder sampler() {
        return configure(Sampler.builder(denoiser));
    }

    /** A sampler builder with the given gateway. */
    SamplerBuilder sampler(Gateway gateway) {
        return configure(Sampler.builder(gateway));
    }

    private SamplerBuilder configure(SamplerBuilder builder) {
        return builder.noiseRange(problem.fromSigma(), problem.toSigma())
                .radius(problem.radius())
                .solver(solver)
                .seed(SEED);
    }

    /** Creates the same runs as the sampler. */
    LongFunction<SolverRun> runs() {
        PreparedSolver prepared = solver.prepare(problem);
        NoiseSource noise = new NoiseSource(SEED);
        InitialDistribution start =
                new InitialDistribution(problem.dimension(), denoiser.moments().orElseThrow(), problem.fromSigma());
        return index -> new SolverRun(
                index,
                start.draw(noise.normals(Purpose.START, index)),
                problem.fromSigma(),
                noise.normals(Purpose.STEP, index),
                prepared);
    }
}
