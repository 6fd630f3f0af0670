package io.scoreflux.benchmarks.targets;

import io.scoreflux.Sample;
import io.scoreflux.benchmarks.Budgets;
import io.scoreflux.benchmarks.Figures;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.Outcome;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.budget.Budget;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.sliding.Sliding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * Budget mode on rows that end in rare modes, which the pilot seldom sees. The rows are samples of the rare mode, solved upward to the largest
 * noise level by an accurate solver, so that few rows suffice. The error is the distance from the sample in units of the mode's width times the
 * root of the dimension; the width is the root mean square distance from the mode's centre in the same unit, and is about 1.
 */
final class RareModes {
    private static final double ENCODING = 1e-10;

    private RareModes() {}

    /**
     * A mixture with a rare mode.
     *
     * @param target the mixture
     * @param weight the weight of the rare mode
     * @param mean the centre of the rare mode
     * @param std its standard deviation
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Case(Target target, double weight, double[] mean, double std) {
        /** Returns the root mean square distance of a sample of the mode from its centre. */
        double unit() {
            return std * Math.sqrt(mean.length);
        }
    }

    /** Returns the small mode of weight 1 per cent of {@code rare-2d}, and the one of weight 0.1 per cent. */
    static List<Case> fixed() {
        Target target = Targets.rare();
        return List.of(
                new Case(target, 0.01, new double[] {-3, 1}, 0.02), new Case(target, 0.001, new double[] {4, 0}, 0.05));
    }

    /**
     * Returns random mixtures: 1 to 16 dimensions; one to four broad modes of width 0.05 to 0.5; one rare mode of weight 1e-4 to 1e-2 and width
     * 0.003 to 0.3, at a distance of 1 to 5 from the origin; half of the mixtures on two scales, where each broad mode is replaced by two at
     * a distance of a fifth of its width.
     */
    static List<Case> random(long seed, int count) {
        List<Case> cases = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            RandomGenerator random = Targets.generator(seed, k);
            int dimension = (int) Math.round(Targets.logUniform(random, 1, 16));
            int modes = 1 + random.nextInt(4);
            boolean twoScales = random.nextBoolean();
            double weight = Targets.logUniform(random, 1e-4, 1e-2);
            double std = Targets.logUniform(random, 3e-3, 0.3);
            double distance = Targets.logUniform(random, 1, 5);
            double[] mean = Targets.normal(random, dimension);
            double length = Measurement.distance(mean, new double[dimension]);
            for (int i = 0; i < dimension; i++) {
                mean[i] *= distance / length;
            }
            GaussianMixture.Builder builder = GaussianMixture.builder(dimension).component(weight, mean, std);
            for (int m = 0; m < modes; m++) {
                double width = Targets.logUniform(random, 0.05, 0.5);
                double[] centre = Targets.normal(random, dimension);
                for (int i = 0; i < dimension; i++) {
                    centre[i] *= 0.5;
                }
                double[] shifted = centre.clone();
                shifted[0] += width / 5;
                double part = (1 - weight) / modes;
                if (twoScales) {
                    builder.component(part / 2, centre, width / 50).component(part / 2, shifted, width / 50);
                } else {
                    builder.component(part, centre, width);
                }
            }
            cases.add(new Case(Target.of("rare" + seed + "." + k, builder.build()), weight, mean, std));
        }
        return cases;
    }

    static List<String> lines(List<Case> cases, int rows, List<Integer> budgets) {
        TextTable table = new TextTable(
                2,
                "target",
                "best other",
                "weight",
                "std",
                "calls",
                "error",
                "width",
                "budget: error",
                "largest",
                "width",
                "ratio");
        for (int calls : budgets) {
            double logs = 0;
            for (Case one : cases) {
                double[][] ends = samples(one, rows);
                Experiment experiment = encoded(one.target, ends);
                Result own = solve(experiment, new Budget(calls), one, ends);
                Map.Entry<FixedStep, Result> other = Budgets.others(calls).stream()
                        .map(solver -> Map.entry(solver, solve(experiment, solver, one, ends)))
                        .min(Comparator.comparingDouble(entry -> entry.getValue().error))
                        .orElseThrow();
                Result best = other.getValue();
                logs += Math.log(own.error / best.error) / cases.size();
                table.row(
                        one.target.name(),
                        Budgets.label(other.getKey()),
                        Figures.format("%.1e", one.weight),
                        Figures.format("%.3f", one.std),
                        Integer.toString(calls),
                        Figures.format("%.1e", best.error),
                        Figures.format("%.3f", best.width),
                        Figures.format("%.1e", own.error),
                        Figures.format("%.1e", own.largest),
                        Figures.format("%.3f", own.width),
                        Figures.format("%.3f", own.error / best.error));
            }
            table.row(
                    "geometric mean",
                    "",
                    "",
                    "",
                    Integer.toString(calls),
                    "",
                    "",
                    "",
                    "",
                    "",
                    Figures.format("%.3f", Math.exp(logs)));
        }
        return table.lines();
    }

    static double[][] samples(Case one, int rows) {
        RandomGenerator random = Targets.generator(rows, 0);
        double[][] samples = Targets.normals(random, rows, one.mean.length);
        for (double[] sample : samples) {
            for (int i = 0; i < sample.length; i++) {
                sample[i] = one.mean[i] + one.std * sample[i];
            }
        }
        return samples;
    }

    /** Returns the experiment of the states at the largest noise level whose trajectories end at the samples. */
    static Experiment encoded(Target target, double[][] ends) {
        Problem problem = target.problem(target.toSigma());
        Experiment any = new Experiment(target.denoiser(), problem, ends, builder -> builder);
        List<Sample> states = Objects.requireNonNull(
                any.sampler(new Sliding(ENCODING)).encode(ends).collectList().block());
        double[][] starts = states.stream().map(Sample::values).toArray(double[][]::new);
        return new Experiment(target.denoiser(), problem, starts, builder -> builder);
    }

    /** The rms and the largest error, and the width, of the solved rows, in units of the width of the mode. */
    private record Result(double error, double largest, double width) {}

    private static Result solve(Experiment experiment, Solver solver, Case one, double[][] ends) {
        List<Outcome> solved = experiment.run(solver, () -> {});
        double[][] centres = Collections.nCopies(ends.length, one.mean).toArray(double[][]::new);
        double[] errors = Measurement.errors(solved, ends, one.unit());
        double[] distances = Measurement.errors(solved, centres, one.unit());
        return new Result(
                Measurement.rms(errors), Arrays.stream(errors).max().orElseThrow(), Measurement.rms(distances));
    }
}
