package io.scoreflux.benchmarks.engine;

import static io.scoreflux.benchmarks.Figures.format;

import io.scoreflux.benchmarks.KnownProblem;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.Reference;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.files.targets.Inputs;
import io.scoreflux.model.Denoiser;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.budget.Budget;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.sliding.Sliding;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Samples per second of processor time at equal true error, on one thread. A solver is set so that the rms error of the known rows, relative to the
 * radius, is at most the target. A stream then computes other rows.
 */
final class SolverSpeed {
    private static final int ROWS = 48;
    /**
     * The numbers of trajectories at a time for a mixture, of which the faster one counts. With few trajectories, those of an adaptive solver stay
     * in the cache; those of a fixed-step solver form larger groups with many.
     */
    private static final List<Integer> MIXTURE = List.of(16, 256);
    /** The number of trajectories at a time for a data set: their rows share each part of the data. */
    private static final List<Integer> DATASET = List.of(256);

    private static final List<Scheme> SCHEMES = List.of(Scheme.DPMPP_3M, Scheme.UNIPC_5);

    private static final String DIGITS = "digits";
    private static final double DIGITS_FROM = 80;
    private static final double DIGITS_TO = 0.02;
    private static final int RUNS = 5;
    private static final double SECONDS = 1;
    private static final double MORE_STEPS = 1.1;
    private static final int MOST_STEPS = 16_384;
    private static final int LEAST_CALLS = 16;
    private static final int MOST_CALLS = 100;

    private SolverSpeed() {}

    /**
     * A problem with known rows.
     *
     * @param experiment the known rows
     * @param reference their exact end states
     * @param radius the unit of errors
     * @param concurrencies the numbers of trajectories at a time that are tried
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Case(String label, Experiment experiment, double[][] reference, double radius, List<Integer> concurrencies) {

        /** One of the problems with files. */
        static Case of(KnownProblem problem, Path problems) {
            return new Case(
                    problem.label(),
                    problem.experiment(problems, ROWS),
                    problem.reference(problems, ROWS),
                    problem.radius(),
                    MIXTURE);
        }

        /**
         * The data set of digits. Its exact end states are those of {@code sliding} at tolerance 1e-13. Writes both states into a directory, for
         * programs in other languages.
         */
        static Case digits(Path directory) {
            Denoiser denoiser = Inputs.denoiser(DIGITS);
            double radius = denoiser.moments().orElseThrow().radius();
            Problem problem = new Problem(denoiser.dimension(), DIGITS_FROM, DIGITS_TO, radius);
            double[][] states = Experiment.starts(denoiser, DIGITS_FROM, 1, ROWS);
            Experiment experiment = new Experiment(denoiser, problem, states, builder -> builder);
            double[][] reference = Reference.of(experiment, radius, () -> {}).rows();
            try {
                Files.createDirectories(directory);
                write(states, directory.resolve(DIGITS + ".initial.csv"));
                write(reference, directory.resolve(DIGITS + ".reference.csv"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new Case(DIGITS, experiment, reference, radius, DATASET);
        }

        private static void write(double[][] rows, Path file) throws IOException {
            Files.write(
                    file,
                    Arrays.stream(rows)
                            .map(row -> Arrays.stream(row)
                                    .mapToObj(Double::toString)
                                    .collect(Collectors.joining(",")))
                            .toList());
        }
    }

    /** Returns a table of the default solver, budget mode and the best scheme of fixed steps. */
    static List<String> table(List<Case> cases, List<Double> errors) {
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
        for (Case one : cases) {
            for (double error : errors) {
                double tolerance = error;
                Measurement sliding = measure(one, new Sliding(tolerance));
                while (sliding.rmsError() > error) {
                    tolerance *= 0.8;
                    sliding = measure(one, new Sliding(tolerance));
                }
                add(table, one, error, new Sliding(tolerance), sliding);
                Solver budget = leastBudget(one, error);
                if (budget != null) {
                    add(table, one, error, budget, measure(one, budget));
                }
                for (Scheme scheme : SCHEMES) {
                    FixedStep steps = fewestSteps(one, error, scheme);
                    if (steps != null) {
                        add(table, one, error, steps, measure(one, steps));
                    }
                }
            }
        }
        return table.lines();
    }

    /** Returns budget mode with its plan, so that the pilot run is not part of the time. */
    private static @Nullable Solver leastBudget(Case one, double error) {
        for (int calls = LEAST_CALLS; calls <= MOST_CALLS; calls = (int) (MORE_STEPS * calls) + 1) {
            Budget budget = new Budget(calls);
            Solver placed =
                    budget.placed(one.experiment().sampler(budget).plan().placement());
            if (measure(one, placed).rmsError() <= error) {
                return placed;
            }
        }
        return null;
    }

    private static @Nullable FixedStep fewestSteps(Case one, double error, Scheme scheme) {
        for (int n = 16; n <= MOST_STEPS; n = (int) (MORE_STEPS * n) + 1) {
            FixedStep steps = new FixedStep(scheme, n);
            if (measure(one, steps).rmsError() <= error) {
                return steps;
            }
        }
        return null;
    }

    private static Measurement measure(Case one, Solver solver) {
        return Measurement.of(solver.name(), 1, one.experiment().run(solver, () -> {}), one.reference(), one.radius());
    }

    private static void add(TextTable table, Case one, double error, Solver solver, Measurement known) {
        Workload workload = new Workload(
                one.label(), one.experiment().denoiser(), one.experiment().problem(), solver);
        Pass fastest = one.concurrencies().stream()
                .map(concurrency -> fastest(workload, concurrency))
                .min(Comparator.comparingDouble(Pass::cpuNanosPerRow))
                .orElseThrow();
        double denoiser = fastest.denoiserShare() * fastest.cpuNanosPerRow();
        table.row(
                one.label(),
                format("%.0e", error),
                solver.name(),
                format("%.1e", known.rmsError()),
                format("%.1f", known.meanCalls()),
                format("%.0f", fastest.cpuNanosPerRow() - denoiser),
                format("%.0f", denoiser),
                format("%.0f", fastest.values().length * 1e9 / fastest.cpuNanos()),
                Long.toString(workload.solver().prepare(workload.problem()).bytes()));
    }

    private static Pass fastest(Workload workload, int concurrency) {
        int samples = concurrency;
        while (Pass.flux(workload, concurrency, samples).cpuNanos() < SECONDS * 1e9) {
            samples *= 2;
        }
        int count = samples;
        return Stream.generate(() -> Pass.flux(workload, concurrency, count))
                .limit(RUNS)
                .min(Comparator.comparingLong(Pass::cpuNanos))
                .orElseThrow();
    }
}
