package io.scoreflux.benchmarks.engine;

import static io.scoreflux.benchmarks.Figures.format;

import io.scoreflux.benchmarks.KnownProblem;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.Moments;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Rows;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

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
        Timed denoiser = new Timed(Workload.of(problem, problems, solver).denoiser());
        Workload workload = Workload.of(problem, problems, solver).with(denoiser);
        long samples = CONCURRENCY;
        while (time(workload, samples) < SECONDS * 1e9) {
            samples *= 2;
        }
        double least = Double.POSITIVE_INFINITY;
        double ofDenoiser = 0;
        double calls = 0;
        for (int i = 0; i < RUNS; i++) {
            denoiser.clear();
            double spent = time(workload, samples);
            if (spent < least) {
                least = spent;
                ofDenoiser = denoiser.nanos / (double) denoiser.rows;
                calls = denoiser.rows;
            }
        }
        table.row(
                problem.label(),
                format("%.0e", error),
                solver.name(),
                format("%.1e", known.rmsError()),
                format("%.1f", known.meanCalls()),
                format("%.0f", least / calls - ofDenoiser),
                format("%.0f", ofDenoiser),
                format("%.0f", samples * 1e9 / least),
                Long.toString(workload.solver().prepare(workload.problem()).bytes()));
    }

    /** Returns the processor time of the thread, in ns. */
    private static double time(Workload workload, long samples) {
        long start = THREADS.getCurrentThreadCpuTime();
        LockstepLoop.run(workload, CONCURRENCY, samples, run -> {});
        return THREADS.getCurrentThreadCpuTime() - start;
    }

    /** Measures the processor time of its calls. */
    private static final class Timed implements Denoiser {
        private final Denoiser denoiser;
        private long nanos;
        private long rows;

        Timed(Denoiser denoiser) {
            this.denoiser = denoiser;
        }

        void clear() {
            nanos = 0;
            rows = 0;
        }

        @Override
        public int dimension() {
            return denoiser.dimension();
        }

        @Override
        public Optional<Moments> moments() {
            return denoiser.moments();
        }

        @Override
        public void denoise(Rows in, double[] out) {
            long start = THREADS.getCurrentThreadCpuTime();
            denoiser.denoise(in, out);
            nanos += THREADS.getCurrentThreadCpuTime() - start;
            rows += in.count();
        }
    }
}
