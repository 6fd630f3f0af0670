package io.scoreflux.benchmarks;

import io.scoreflux.evaluation.Curve;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.Floor;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.picard.Picard;
import io.scoreflux.solve.sliding.Sliding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.DoubleFunction;

/**
 * All solvers on one problem.
 *
 * @param problem the problem
 * @param sliding sliding-window collocation at each tolerance
 * @param curves the curves of all solvers, sliding-window collocation first and the floor last
 */
record Sweep(KnownProblem problem, List<Measurement> sliding, List<Curve> curves) {
    static final String SLIDING = "sliding";
    private static final String PICARD = "picard";
    private static final double[] FLOOR_ERRORS = {1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11};

    /**
     * Runs all solvers.
     *
     * @param directory the directory of the problems
     * @param rows the maximum number of initial states to use
     * @param exponents the negative decimal exponents of the tolerances
     * @param news receives a message before each solver
     */
    static Sweep of(KnownProblem problem, Path directory, int rows, List<Integer> exponents, Consumer<String> news) {
        Experiment experiment = problem.experiment(directory, rows);
        double[][] reference = problem.reference(directory, rows);
        List<Double> tolerances =
                exponents.stream().map(k -> Double.parseDouble("1e-" + k)).toList();
        List<Measurement> all = new ArrayList<>();
        List<String> names = List.of(SLIDING, PICARD);
        List<DoubleFunction<Solver>> solvers = List.of(Sliding::new, Picard::new);
        for (int i = 0; i < names.size(); i++) {
            news.accept(problem.label() + ": " + names.get(i));
            for (double tolerance : tolerances) {
                all.add(Measurement.of(
                        names.get(i),
                        tolerance,
                        experiment.run(solvers.get(i).apply(tolerance), () -> {}),
                        reference,
                        problem.radius()));
            }
        }
        for (GeneralIntegrator integrator : GeneralIntegrator.values()) {
            news.accept(problem.label() + ": " + integrator.label());
            for (double tolerance : tolerances) {
                all.add(Measurement.of(
                        integrator.label(),
                        tolerance,
                        integrator.run(experiment, tolerance),
                        reference,
                        problem.radius()));
            }
        }
        news.accept(problem.label() + ": floor");
        List<Curve> curves = new ArrayList<>(Curve.of(all));
        curves.add(Floor.of(experiment, problem.radius(), FLOOR_ERRORS, () -> {}));
        return new Sweep(
                problem,
                all.stream().filter(one -> one.solver().equals(SLIDING)).toList(),
                List.copyOf(curves));
    }
}
