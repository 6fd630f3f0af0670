package io.scoreflux.benchmarks.rough;

import io.scoreflux.Sampler;
import io.scoreflux.benchmarks.Budgets;
import io.scoreflux.benchmarks.Figures;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.Certificate;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.budget.Budget;
import io.scoreflux.solve.parallel.Parallel;
import io.scoreflux.solve.picard.Picard;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Prints the errors of solvers on rough denoisers: the root mean square over rows relative to the root mean square of the data, calls, rows whose
 * certificate is below a third of the error, and the best fixed-step scheme at equal calls. With the figures of others it also prints a table
 * of errors against calls, and draws it.
 *
 * <p>The arguments are {@code networks=TARGET:STARTS:ENDS,...}, {@code synthetic=true} or {@code false}, {@code solvers=sliding,...},
 * {@code tolerances=1e-2,...}, {@code budgets=20,...}, {@code rows=N}, {@code others=FILE.csv} and {@code plot=FILE.png}. All have defaults.
 */
public final class RoughBenchmarks {
    /** The largest number of calls at which fixed-step schemes are measured. */
    private static final long MOST_FIXED = 1500;

    private final TextTable table = new TextTable(
            2,
            "denoiser",
            "solver",
            "setting",
            "rms",
            "certificate",
            "calls",
            "most",
            "low",
            "converged",
            "pilot",
            "best fixed");
    private final List<CallsComparison.Entry> entries = new ArrayList<>();

    private RoughBenchmarks() {}

    /** Runs for some minutes with all defaults. */
    public static void main(String[] args) {
        Map<String, String> given = new TreeMap<>();
        for (String arg : args) {
            given.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
        }
        int rows = Integer.parseInt(given.getOrDefault("rows", "16"));
        List<RoughCase> cases = new ArrayList<>();
        list(given.getOrDefault("networks", "")).forEach(files -> cases.add(RoughCase.network(files)));
        if (Boolean.parseBoolean(given.getOrDefault("synthetic", "true"))) {
            cases.addAll(RoughCase.synthetic(rows));
        }
        RoughBenchmarks all = new RoughBenchmarks();
        for (RoughCase each : cases) {
            for (String solver : list(given.getOrDefault("solvers", "sliding,picard,parallel"))) {
                for (String tolerance : list(given.getOrDefault("tolerances", "1e-2,1e-3,1e-4,1e-5"))) {
                    all.measure(each, solver(solver, Double.parseDouble(tolerance)), tolerance, 0);
                }
            }
            for (String budget : list(given.getOrDefault("budgets", "20,35,50,100"))) {
                all.budget(each, Integer.parseInt(budget));
            }
        }
        all.table.lines().forEach(System.out::println);
        String others = given.get("others");
        if (others != null) {
            Path file = Path.of(others);
            String name = file.getFileName().toString().replaceFirst("\\.csv$", "");
            CallsComparison comparison = new CallsComparison(all.entries, Result.read(file), name);
            System.out.println();
            comparison.table().forEach(System.out::println);
            comparison.draw(Path.of(given.getOrDefault("plot", "target/error-against-calls.png")));
        }
    }

    private static List<String> list(String values) {
        return Arrays.stream(values.split(",", -1))
                .filter(value -> !value.isEmpty())
                .toList();
    }

    private static Solver solver(String name, double tolerance) {
        return switch (name) {
            case "sliding" -> new Sliding(tolerance);
            case "picard" -> new Picard(tolerance);
            case "parallel" -> new Parallel(tolerance);
            default -> throw new IllegalArgumentException("solvers: there is no " + name);
        };
    }

    private void budget(RoughCase each, int calls) {
        Sampler sampler = Sampler.builder(each.denoiser())
                .noiseRange(each.problem().fromSigma(), each.problem().toSigma())
                .radius(each.problem().radius())
                .solver(new Budget(calls))
                .stages(1)
                .build();
        measure(
                each,
                new Budget(calls).placed(sampler.plan().placement()),
                Integer.toString(calls),
                sampler.plan().pilotCalls());
    }

    private void measure(RoughCase each, Solver solver, String setting, long pilotCalls) {
        List<SolverRun> runs = run(each, solver.prepare(each.problem()));
        double[] errors = errors(each, runs);
        double calls = runs.stream().mapToLong(SolverRun::calls).average().orElseThrow();
        double radius = each.problem().radius();
        double squares = 0;
        int low = 0;
        for (int k = 0; k < errors.length; k++) {
            double estimate = runs.get(k).certificate().error().orElse(Double.NaN) * radius / each.unit();
            squares += estimate * estimate / errors.length;
            low += Measurement.isLow(estimate, errors[k]) ? 1 : 0;
        }
        double rms = Measurement.rms(errors);
        Result fixed = calls > MOST_FIXED ? null : bestFixed(each, (int) Math.round(calls));
        table.row(
                each.name(),
                solver.name(),
                setting,
                Figures.format("%.1e", rms),
                Figures.format("%.1e", Math.sqrt(squares)),
                Figures.format("%.0f", calls),
                Long.toString(runs.stream().mapToLong(SolverRun::calls).max().orElseThrow()),
                low + "/" + errors.length,
                Long.toString(runs.stream()
                        .filter(run -> run.certificate().status() == Certificate.Status.CONVERGED)
                        .count()),
                pilotCalls == 0 ? "" : Long.toString(pilotCalls),
                fixed == null ? "" : fixed.text());
        if (fixed != null) {
            entries.add(new CallsComparison.Entry(setting, new Result(each.name(), calls, rms, solver.name()), fixed));
        }
    }

    private static Result bestFixed(RoughCase each, int calls) {
        return Budgets.others(calls).stream()
                .map(solver -> new Result(
                        each.name(),
                        calls,
                        Measurement.rms(errors(each, run(each, solver.prepare(each.problem())))),
                        Budgets.label(solver)))
                .min(Comparator.comparingDouble(Result::error))
                .orElseThrow();
    }

    /** Returns the errors of all rows, relative to the data. A row that failed has an error of 1. */
    private static double[] errors(RoughCase each, List<SolverRun> runs) {
        double[] errors = new double[runs.size()];
        for (int k = 0; k < errors.length; k++) {
            boolean failed = runs.get(k).failure() != null;
            errors[k] = failed ? 1 : Measurement.distance(runs.get(k).z(), each.ends()[k]) / each.unit();
        }
        return errors;
    }

    /** Solves all rows, whose queries go to the denoiser together. */
    private static List<SolverRun> run(RoughCase each, PreparedSolver solver) {
        List<SolverRun> runs = new ArrayList<>();
        for (int k = 0; k < each.ends().length; k++) {
            Condition condition = each.labelled() ? new Condition(k) : null;
            SolverRun run = new SolverRun(
                    k,
                    condition,
                    level -> 1,
                    each.starts()[k].clone(),
                    each.problem().fromSigma(),
                    new NoiseSource(0).normals(Purpose.STEP, k),
                    solver);
            run.target(each.problem().toSigma());
            runs.add(run);
        }
        Rows rows = new Rows(each.problem().dimension(), runs.size());
        List<SolverRun> asking = runs.stream().filter(run -> !run.done()).toList();
        while (!asking.isEmpty()) {
            rows.clear();
            int[] first = new int[asking.size()];
            for (int i = 0; i < first.length; i++) {
                first[i] = rows.count();
                asking.get(i).ask(rows);
            }
            double[] answers = new double[rows.count() * each.problem().dimension()];
            each.denoiser().denoise(rows, answers);
            for (int i = 0; i < first.length; i++) {
                asking.get(i).tell(rows, answers, first[i]);
            }
            asking = asking.stream().filter(run -> !run.done()).toList();
        }
        return runs;
    }
}
