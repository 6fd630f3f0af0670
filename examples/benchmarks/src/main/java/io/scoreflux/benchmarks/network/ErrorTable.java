package io.scoreflux.benchmarks.network;

import io.scoreflux.benchmarks.Figures;
import io.scoreflux.benchmarks.GeneralIntegrator;
import io.scoreflux.evaluation.Curve;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.budget.Budget;
import io.scoreflux.solve.parallel.Parallel;
import io.scoreflux.solve.sliding.Sliding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Error against calls on the network of digits. An error is the root mean square, over all pixels of all samples, of the distance from
 * converged solutions with the same initial states.
 */
final class ErrorTable {
    /** The tolerance at which sliding reaches the rounding errors of the network; see the table {@code floor}. */
    static final double REFERENCE = 1e-7;

    /** The error at which integrators are compared. */
    static final double FINE = 2e-6;

    private static final double CHECK = 3e-8;
    private static final int SAMPLES = 64;
    private static final int FEW_SAMPLES = 16;
    private static final List<Integer> CALLS = List.of(10, 20, 35, 50, 80);
    private static final List<Double> PARALLEL_TOLERANCES = List.of(1e-2, 1e-3, 1e-4, 1e-5, 1e-6);
    private static final List<GeneralIntegrator> INTEGRATORS =
            List.of(GeneralIntegrator.DORMAND_PRINCE_853, GeneralIntegrator.DORMAND_PRINCE_54);

    private static final String SLIDING = "sliding";
    private static final String PER_PIXEL = " per pixel";

    private ErrorTable() {}

    /**
     * A solve with a tolerance.
     *
     * @param name the name of the solver
     */
    private record Case(String name, double tolerance, Solver solver) {}

    private static Case sliding(double tolerance) {
        return new Case(SLIDING, tolerance, new Sliding(tolerance));
    }

    /**
     * Sliding at tolerances in half decades, of which the first two give its errors at few calls, and parallel at tolerances in decades.
     */
    private static List<Case> cases() {
        return Stream.concat(
                        IntStream.rangeClosed(2, 12).mapToObj(k -> sliding(Math.pow(10, -k / 2.0))),
                        PARALLEL_TOLERANCES.stream().map(each -> new Case("parallel", each, new Parallel(each))))
                .toList();
    }

    /** Runs on all cores, for about eight minutes of CPU time. */
    static List<String> table(Path examples) {
        List<String> lines = new ArrayList<>();
        try (DigitRuns runs = new DigitRuns(examples, SAMPLES)) {
            List<Case> cases = new ArrayList<>(List.of(sliding(REFERENCE), sliding(CHECK)));
            cases.addAll(cases());
            List<DigitRuns.Run> solved =
                    cases.parallelStream().map(each -> runs.run(each.solver())).toList();
            double[][] reference = solved.get(0).ends();
            double uncertainty = DigitRuns.measure("check", CHECK, solved.get(1).outcomes(), reference)
                    .rmsError();
            List<ToleranceRun> tolerances = IntStream.range(2, cases.size())
                    .mapToObj(i ->
                            ToleranceRun.of(cases.get(i).name(), cases.get(i).tolerance(), solved.get(i), reference))
                    .toList();
            EqualCalls equal = new EqualCalls(runs, reference);
            CALLS.parallelStream().forEach(calls -> equal.measure(calls, new Budget(calls)));
            List<Measurement> integrators = integrators(examples, reference);

            List<Measurement> all = new ArrayList<>(
                    tolerances.stream().map(ToleranceRun::measurement).toList());
            all.addAll(equal.measurements());
            all.addAll(integrators);
            List<Curve> curves = Curve.of(all);
            Curve sliding = curves.get(0);
            List<Measurement> few = new ArrayList<>(firstOf(cases, solved, reference));
            few.addAll(integrators);

            lines.add(SAMPLES + " samples, root mean square errors per pixel");
            lines.add(Figures.format("the reference, sliding at %.0e, is from sliding", REFERENCE)
                    + Figures.format(" at %.0e", CHECK)
                    + Figures.format(" by %.1e", uncertainty));
            lines.add("");
            lines.add("Errors at equal calls (u, k: uniform or Karras's grid, the better one)");
            lines.addAll(equal.table(sliding));
            lines.add("");
            lines.add("With a tolerance");
            lines.addAll(ToleranceRun.table(tolerances));
            lines.add("");
            lines.add("General integrators, the first " + FEW_SAMPLES
                    + " samples; the scale of tolerances is the image's radius, or a pixel's");
            lines.addAll(table(integrators));
            lines.add("");
            lines.add(Figures.format("Calls at %.0e", FINE));
            lines.addAll(callsAt(curves.stream()
                    .filter(curve ->
                            integrators.stream().noneMatch(one -> one.solver().equals(curve.name())))
                    .toList()));
            lines.add("");
            lines.add(Figures.format("Calls at %.0e", FINE) + ", all on the first " + FEW_SAMPLES + " samples");
            lines.addAll(callsAt(Curve.of(few)));
            Path plot = examples.resolve("benchmarks/target/network-errors.png").normalize();
            ErrorPlot.write(
                    plot,
                    curves.stream()
                            .filter(curve -> !curve.name().endsWith(PER_PIXEL))
                            .toList(),
                    uncertainty);
            lines.add("");
            lines.add("plot: " + plot);
        }
        return lines;
    }

    /** Sliding on the samples of the integrators. Results do not depend on the other samples of a run. */
    private static List<Measurement> firstOf(List<Case> cases, List<DigitRuns.Run> solved, double[][] reference) {
        return IntStream.range(2, cases.size())
                .filter(i -> cases.get(i).name().equals(SLIDING))
                .mapToObj(i -> DigitRuns.measure(
                        SLIDING,
                        cases.get(i).tolerance(),
                        solved.get(i).outcomes().subList(0, FEW_SAMPLES),
                        Arrays.copyOf(reference, FEW_SAMPLES)))
                .toList();
    }

    /** The integrators, on the first samples only, because they solve one sample at a time. */
    private static List<Measurement> integrators(Path examples, double[][] reference) {
        try (DigitRuns runs = new DigitRuns(examples, FEW_SAMPLES)) {
            return INTEGRATORS.stream()
                    .flatMap(integrator -> Stream.of(Scale.values())
                            .flatMap(scale -> IntStream.rangeClosed(3, 7)
                                    .mapToObj(digits ->
                                            new Attempt(integrator, scale, Double.parseDouble("1e-" + digits)))))
                    .toList()
                    .parallelStream()
                    .map(one -> DigitRuns.measure(
                            one.integrator().label() + one.scale().ending,
                            one.tolerance(),
                            runs.run(one.integrator(), one.tolerance(), one.scale().value),
                            Arrays.copyOf(reference, FEW_SAMPLES)))
                    .toList();
        }
    }

    private record Attempt(GeneralIntegrator integrator, Scale scale, double tolerance) {}

    /** The tolerances of integrators are relative to {@code scale + |z_i|} in each pixel. */
    private enum Scale {
        IMAGE("", Digits.RADIUS),
        PIXEL(PER_PIXEL, Digits.RADIUS / DigitRuns.PIXELS);

        private final String ending;
        private final double value;

        Scale(String ending, double value) {
            this.ending = ending;
            this.value = value;
        }
    }

    private static List<String> table(List<Measurement> all) {
        TextTable table = new TextTable(1, "integrator", "tolerance", "calls", "rms error", "largest", "failed");
        for (Measurement one : all) {
            table.row(
                    one.solver(),
                    Figures.format("%.0e", one.setting()),
                    Figures.format("%.1f", one.meanCalls()),
                    Figures.format("%.1e", one.rmsError()),
                    Figures.format("%.1e", one.largestError()),
                    Integer.toString(one.failed()));
        }
        return table.lines();
    }

    private static List<String> callsAt(List<Curve> curves) {
        double own = curves.get(0).costAt(FINE).orElseThrow();
        TextTable table = new TextTable(1, "solver", "calls", "sliding's over these");
        for (Curve curve : curves) {
            OptionalDouble calls = curve.costAt(FINE);
            if (calls.isPresent()) {
                table.row(
                        curve.name(),
                        Figures.format("%.1f", calls.getAsDouble()),
                        Figures.format("%.2f", own / calls.getAsDouble()));
            }
        }
        return table.lines();
    }
}
