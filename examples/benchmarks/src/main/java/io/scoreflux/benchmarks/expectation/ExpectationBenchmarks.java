package io.scoreflux.benchmarks.expectation;

import io.scoreflux.Estimate;
import io.scoreflux.Expectation;
import io.scoreflux.ExpectationBuilder;
import io.scoreflux.Sampler;
import io.scoreflux.Statistic;
import io.scoreflux.benchmarks.Figures;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.sliding.Sliding;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * Prints the tables of {@code docs/expectations.md}. The arguments are the directory of examples, the number of repetitions, the half-width in
 * standard deviations of the function, the tables, and optionally the problems. Each repetition has its own seed. {@code within} is the share of
 * repetitions whose error is at most the half-width. For the table {@code digits}, the half-width is relative to the mean of real digits, the
 * problems are labels, and there is one repetition.
 */
public final class ExpectationBenchmarks {
    private static final int STEPS = 32;
    private static final double FINE = 1e-6;
    private static final double[] LEVELS = {1e-2, 1e-4, FINE};
    private static final List<String> TABLES =
            List.of("coverage", "levels", "quasi", "steps", "bias", "rare", "digits");

    private static final List<String> LABELS = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "any");

    private final int repetitions;
    private final double within;
    private final List<KnownExpectations> problems;

    private ExpectationBenchmarks(int repetitions, double within, List<KnownExpectations> problems) {
        this.repetitions = repetitions;
        this.within = within;
        this.problems = problems;
    }

    /** Prints the requested tables, or all. */
    public static void main(String[] args) {
        List<String> chosen = args[3].equals("all") ? TABLES : List.of(args[3].split(","));
        List<String> names = List.of(args).subList(4, args.length);
        double within = Double.parseDouble(args[2]);
        ExpectationBenchmarks benchmarks = new ExpectationBenchmarks(
                Integer.parseInt(args[1]),
                within,
                KnownExpectations.all().stream()
                        .filter(each -> names.isEmpty() || names.contains(each.name()))
                        .toList());
        for (String name : chosen) {
            List<String> lines = switch (name) {
                case "coverage" -> benchmarks.coverage();
                case "levels" -> benchmarks.levels();
                case "quasi" -> benchmarks.quasi();
                case "steps" -> benchmarks.steps();
                case "bias" -> benchmarks.bias();
                case "rare" -> benchmarks.rare();
                case "digits" -> InkTable.lines(Path.of(args[0]), within, names.isEmpty() ? LABELS : names);
                default -> throw new InvalidArgumentException("table", "must be one of " + TABLES, name);
            };
            System.out.println(name);
            lines.forEach(System.out::println);
            System.out.println();
        }
    }

    /** The means over repetitions of one way to estimate. */
    private record Outcome(double within, double samples, double calls, double bias, double error, double watched) {}

    private Outcome outcome(
            GaussianMixture denoiser,
            Solver solver,
            Statistic statistic,
            double truth,
            double eps,
            UnaryOperator<ExpectationBuilder> settings) {
        double[] sums = new double[6];
        for (int r = 0; r < repetitions; r++) {
            Sampler sampler = Sampler.builder(denoiser)
                    .noiseRange(KnownExpectations.FROM, KnownExpectations.TO)
                    .solver(solver)
                    .seed(1000 + r)
                    .build();
            boolean[] missed = new boolean[1];
            Estimate last = Objects.requireNonNull(settings.apply(
                            Expectation.builder(sampler).statistic(statistic).within(eps))
                    .build()
                    .estimates()
                    .doOnNext(each -> missed[0] |= !each.isFinal()
                            && Math.abs(each.value() - truth)
                                    > each.values().get(0).total())
                    .blockLast());
            double error = last.value() - truth;
            sums[0] += Math.abs(error) <= eps ? 1 : 0;
            sums[1] += last.samples();
            sums[2] += last.calls() + last.pilotCalls();
            sums[3] += last.values().get(0).bias().orElse(0);
            sums[4] += error;
            sums[5] += missed[0] ? 1 : 0;
        }
        double[] means = Arrays.stream(sums).map(sum -> sum / repetitions).toArray();
        return new Outcome(means[0], means[1], means[2], means[3], means[4], means[5]);
    }

    private static String number(double value) {
        return Figures.format("%.0f", value);
    }

    private static String share(double value) {
        return Figures.format("%.3f", value);
    }

    /** The default rule with and without control variates, and the exact rule. Fixed steps, because the rule does not depend on the solver. */
    private List<String> coverage() {
        TextTable table = new TextTable(
                2,
                "problem",
                "f",
                "within",
                "shown missed",
                "samples",
                "variates: within",
                "samples",
                "gain",
                "exact: within",
                "samples");
        for (KnownExpectations problem : problems) {
            GaussianMixture denoiser = problem.denoiser();
            Solver solver = new FixedStep(Scheme.UNIPC, STEPS);
            for (KnownExpectations.Case each : problem.cases()) {
                double eps = within * each.deviation();
                Outcome plain = outcome(
                        denoiser, solver, each.statistic(), each.expectation(), eps, e -> e.controlVariates(false));
                Outcome variates = outcome(denoiser, solver, each.statistic(), each.expectation(), eps, e -> e);
                boolean bounded = each.name().equals("sin") || each.name().equals("indicator");
                Outcome exact = bounded
                        ? outcome(
                                denoiser, solver, each.statistic(), each.expectation(), eps, ExpectationBuilder::exact)
                        : null;
                table.row(
                        problem.name(),
                        each.name(),
                        share(plain.within()),
                        share(plain.watched()),
                        number(plain.samples()),
                        share(variates.within()),
                        number(variates.samples()),
                        Figures.format("%.2f", plain.samples() / variates.samples()),
                        exact == null ? "" : share(exact.within()),
                        exact == null ? "" : number(exact.samples()));
            }
        }
        return table.lines();
    }

    /** Random corrections between tolerances, against the finest tolerance. */
    private List<String> levels() {
        TextTable table = new TextTable(
                2,
                "problem",
                "f",
                "fine: within",
                "calls",
                "levels: within",
                "calls",
                "pilot included",
                "with variates: within",
                "calls");
        for (KnownExpectations problem : problems) {
            GaussianMixture denoiser = problem.denoiser();
            for (KnownExpectations.Case each : problem.cases()) {
                double eps = within * each.deviation();
                Outcome fine = outcome(
                        denoiser,
                        new Sliding(FINE),
                        each.statistic(),
                        each.expectation(),
                        eps,
                        e -> e.controlVariates(false));
                Outcome levelled = outcome(
                        denoiser,
                        new Sliding(FINE),
                        each.statistic(),
                        each.expectation(),
                        eps,
                        e -> e.levels(LEVELS).controlVariates(false));
                Outcome both = outcome(
                        denoiser, new Sliding(FINE), each.statistic(), each.expectation(), eps, e -> e.levels(LEVELS));
                table.row(
                        problem.name(),
                        each.name(),
                        share(fine.within()),
                        number(fine.calls()),
                        share(levelled.within()),
                        number(levelled.calls()),
                        Figures.format("%.2f", levelled.calls() / fine.calls()),
                        share(both.within()),
                        Figures.format("%.2f", both.calls() / fine.calls()));
            }
        }
        return table.lines();
    }

    /** Quasi-random start states, against independent samples. */
    private List<String> quasi() {
        TextTable table = new TextTable(2, "problem", "f", "independent: samples", "quasi: within", "samples", "gain");
        for (KnownExpectations problem : problems) {
            GaussianMixture denoiser = problem.denoiser();
            Solver solver = new FixedStep(Scheme.UNIPC, STEPS);
            for (KnownExpectations.Case each : problem.cases()) {
                double eps = within * each.deviation();
                Outcome plain = outcome(
                        denoiser, solver, each.statistic(), each.expectation(), eps, e -> e.controlVariates(false));
                Outcome quasi = outcome(
                        denoiser, solver, each.statistic(), each.expectation(), eps, ExpectationBuilder::quasiRandom);
                table.row(
                        problem.name(),
                        each.name(),
                        number(plain.samples()),
                        share(quasi.within()),
                        number(quasi.samples()),
                        Figures.format("%.1f", plain.samples() / quasi.samples()));
            }
        }
        return table.lines();
    }

    /** Quasi-random start states for |x|^2 with more and more steps: the solver's bias, which intervals without a bias bound do not cover. */
    private List<String> steps() {
        TextTable table = new TextTable(2, "problem", "f", "steps", "quasi: within", "mean error / eps", "samples");
        for (KnownExpectations problem : problems) {
            KnownExpectations.Case square = problem.cases().get(1);
            double eps = within * square.deviation();
            for (int steps : new int[] {STEPS, 2 * STEPS, 4 * STEPS}) {
                Outcome outcome = outcome(
                        problem.denoiser(),
                        new FixedStep(Scheme.UNIPC, steps),
                        square.statistic(),
                        square.expectation(),
                        eps,
                        ExpectationBuilder::quasiRandom);
                table.row(
                        problem.name(),
                        square.name(),
                        Integer.toString(steps),
                        share(outcome.within()),
                        Figures.format("%.3f", outcome.error() / eps),
                        number(outcome.samples()));
            }
        }
        return table.lines();
    }

    /** The bound on the bias at a coarse tolerance, beside the mean error over all repetitions, which is the bias and a little noise. */
    private List<String> bias() {
        TextTable table = new TextTable(
                2, "problem", "f", "tolerance", "within", "|mean error| / eps", "bias bound / eps", "samples");
        double[] lipschitz = {1, Double.NaN, 2, 1};
        for (KnownExpectations problem : problems) {
            List<KnownExpectations.Case> cases = problem.cases();
            for (int j = 0; j < cases.size(); j++) {
                if (Double.isNaN(lipschitz[j])) {
                    continue;
                }
                KnownExpectations.Case each = cases.get(j);
                double eps = within * each.deviation();
                for (double tolerance : new double[] {1e-3, 1e-4}) {
                    Outcome outcome = outcome(
                            problem.denoiser(),
                            new Sliding(tolerance),
                            each.statistic().lipschitz(lipschitz[j]),
                            each.expectation(),
                            eps,
                            e -> e);
                    table.row(
                            problem.name(),
                            each.name(),
                            Figures.format("%.0e", tolerance),
                            share(outcome.within()),
                            Figures.format("%.3f", Math.abs(outcome.error()) / eps),
                            Figures.format("%.3f", outcome.bias() / eps),
                            number(outcome.samples()));
                }
            }
        }
        return table.lines();
    }

    /** An indicator of probability .005 on the line, to half of that, so that an estimate of 0 misses it. */
    private List<String> rare() {
        TextTable table = new TextTable(1, "rule", "eps", "within", "shown missed", "samples");
        GaussianMixture line =
                GaussianMixture.builder(1).component(1, new double[] {0}, 1).build();
        double border = 2.5758293035489004 * Math.sqrt(1 + KnownExpectations.TO * KnownExpectations.TO);
        Statistic rare = Statistic.indicator(x -> x[0] - border);
        Solver solver = new FixedStep(Scheme.UNIPC, STEPS);
        double eps = 0.0025;
        row(table, "default", eps, outcome(line, solver, rare, 0.005, eps, e -> e));
        row(table, "quasi-random", eps, outcome(line, solver, rare, 0.005, eps, ExpectationBuilder::quasiRandom));
        row(table, "exact", eps, outcome(line, solver, rare, 0.005, eps, ExpectationBuilder::exact));
        return table.lines();
    }

    private static void row(TextTable table, String rule, double eps, Outcome outcome) {
        table.row(
                rule,
                Double.toString(eps),
                share(outcome.within()),
                share(outcome.watched()),
                number(outcome.samples()));
    }
}
