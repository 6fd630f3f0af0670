package io.scoreflux.benchmarks.engine;

import static io.scoreflux.benchmarks.Figures.format;

import io.scoreflux.benchmarks.KnownProblem;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.sliding.Sliding;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Samples per second of processor time at equal true error, on one thread. A solver is set so that the rms error of the known rows, relative to the
 * radius, is at most the target. A loop by hand then computes other rows; the time of the engine is not included.
 */
final class SolverSpeed {
    private static final int ROWS = 48;
    private static final int CONCURRENCY = 16;
    private static final int RUNS = 5;
    private static final double SECONDS = 1;
    private static final double MORE_STEPS = 1.1;
    private static final int MOST_STEPS = 16_384;

    private SolverSpeed() {}

    /** Returns a table of the default solver and the best scheme of fixed steps. */
    static List<String> table(Path problems, List<KnownProblem> known, List<Double> errors) {
        TextTable table = new TextTable(
                3,
                "problem",
                "error",
                "solver",
                "true error",
                "calls",
                "solver ns",
                "denoiser ns",
                "samples/s",
                "bytes");
        for (KnownProblem problem : known) {
            Experiment experiment = problem.experiment(problems, ROWS);
            double[][] reference = problem.reference(problems, ROWS);
            for (double error : errors) {
                double tolerance = error;
                Measurement sliding = measure(experiment, new Sliding(tolerance), reference, problem.radius());
                while (sliding.rmsError() > error) {
                    tolerance *= 0.8;
                    sliding = measure(experiment, new Sliding(tolerance), reference, problem.radius());
                }
                add(table, problem, problems, error, new Sliding(tolerance), sliding);
                FixedStep steps = fewestSteps(experiment, reference, problem.radius(), error);
                if (steps != null) {
                    add(
                            table,
                            problem,
                            problems,
                            error,
                            steps,
                            measure(experiment, steps, reference, problem.radius()));
                }
            }
        }
        return table.lines();
    }

    private static @Nullable FixedStep fewestSteps(
            Experiment experiment, double[][] reference, double radius, double error) {
        for (int n = 16; n <= MOST_STEPS; n = (int) (MORE_STEPS * n) + 1) {
            FixedStep steps = new FixedStep(Scheme.DPMPP_3M, n);
            if (measure(experiment, steps, reference, radius).rmsError() <= error) {
                return steps;
            }
        }
        return null;
    }

    private static Measurement measure(Experiment experiment, Solver solver, double[][] reference, double radius) {
        return Measurement.of(solver.name(), 1, experiment.run(solver, () -> {}), reference, radius);
    }

    private static void add(
            TextTable table, KnownProblem problem, Path problems, double error, Solver solver, Measurement known) {
        Workload workload = Workload.of(problem, problems, solver);
        int samples = CONCURRENCY;
        while (Pass.loop(workload, CONCURRENCY, samples).cpuNanos() < SECONDS * 1e9) {
            samples *= 2;
        }
        int count = samples;
        Pass fastest = Stream.generate(() -> Pass.loop(workload, CONCURRENCY, count))
                .limit(RUNS)
                .min(Comparator.comparingLong(Pass::cpuNanos))
                .orElseThrow();
        double denoiser = fastest.denoiserShare() * fastest.cpuNanosPerRow();
        table.row(
                problem.label(),
                format("%.0e", error),
                solver.name(),
                format("%.1e", known.rmsError()),
                format("%.1f", known.meanCalls()),
                format("%.0f", fastest.cpuNanosPerRow() - denoiser),
                format("%.0f", denoiser),
                format("%.0f", count * 1e9 / fastest.cpuNanos()),
                Long.toString(workload.solver().prepare(workload.problem()).bytes()));
    }
}
