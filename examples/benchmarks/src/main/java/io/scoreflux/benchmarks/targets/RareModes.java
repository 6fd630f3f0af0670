package io.scoreflux.benchmarks.targets;

import io.scoreflux.Sample;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.budget.Budget;
import io.scoreflux.solve.sliding.Sliding;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

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
     * @param name its name
     * @param target the mixture
     * @param weight the weight of the rare mode
     * @param mean the centre of the rare mode
     * @param std its standard deviation
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Case(String name, GaussianMixture target, double weight, double[] mean, double std) {}

    /** Returns the small mode of weight 1 per cent of {@code rare-2d}, and the one of weight 0.1 per cent. */
    static List<Case> fixed() {
        GaussianMixture target = Targets.rare();
        return List.of(
                new Case("rare-2d", target, 0.01, new double[] {-3, 1}, 0.02),
                new Case("rare-2d", target, 0.001, new double[] {4, 0}, 0.05));
    }

    /**
     * Returns random mixtures: 1 to 16 dimensions; one to four broad modes of width 0.05 to 0.5; one rare mode of weight 1e-4 to 1e-2 and width
     * 0.003 to 0.3, at a distance of 1 to 5 from the origin; half of the mixtures on two scales, where each broad mode is replaced by two at
     * a distance of a fifth of its width.
     */
    static List<Case> random(long seed, int count) {
        List<Case> cases = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            RandomGenerator random =
                    RandomGeneratorFactory.of("L64X128MixRandom").create(seed + 7919L * k);
            int dimension = (int) Math.round(Targets.logUniform(random, 1, 16));
            int modes = 1 + random.nextInt(4);
            boolean twoScales = random.nextBoolean();
            double weight = Targets.logUniform(random, 1e-4, 1e-2);
            double std = Targets.logUniform(random, 3e-3, 0.3);
            double distance = Targets.logUniform(random, 1, 5);
            double[] mean = Targets.normal(random, dimension);
            double length = References.distance(mean, new double[dimension]);
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
            cases.add(new Case("rare" + seed + "." + k + "-" + dimension + "d", builder.build(), weight, mean, std));
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
                Target target = Target.of(one.name, one.target);
                double[][] ends = samples(one, rows);
                Experiment experiment = encoded(target, ends);
                double[][] own = solve(experiment, new Budget(calls));
                double ownError = rms(own, ends) / unit(one);
                double best = Double.POSITIVE_INFINITY;
                double width = Double.NaN;
                String name = "";
                for (Solver solver : BudgetTable.others(calls)) {
                    double[][] others = solve(experiment, solver);
                    double error = rms(others, ends) / unit(one);
                    if (error < best) {
                        best = error;
                        width = rms(others, one.mean) / unit(one);
                        name = BudgetTable.label(solver);
                    }
                }
                logs += Math.log(ownError / best) / cases.size();
                table.row(
                        one.name,
                        name,
                        BudgetTable.format("%.1e", one.weight),
                        BudgetTable.format("%.3f", one.std),
                        Integer.toString(calls),
                        BudgetTable.format("%.1e", best),
                        BudgetTable.format("%.3f", width),
                        BudgetTable.format("%.1e", ownError),
                        BudgetTable.format("%.1e", largest(own, ends) / unit(one)),
                        BudgetTable.format("%.3f", rms(own, one.mean) / unit(one)),
                        BudgetTable.format("%.3f", ownError / best));
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
                    BudgetTable.format("%.3f", Math.exp(logs)));
        }
        return table.lines();
    }

    private static double unit(Case one) {
        return one.std * Math.sqrt(one.mean.length);
    }

    static double[][] samples(Case one, int rows) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(rows);
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

    private static double[][] solve(Experiment experiment, Solver solver) {
        double[][] starts = new double[experiment.rows()][];
        for (int row = 0; row < starts.length; row++) {
            starts[row] = experiment.state(row);
        }
        return Objects.requireNonNull(
                        experiment.sampler(solver).decode(starts).collectList().block())
                .stream()
                .map(Sample::values)
                .toArray(double[][]::new);
    }

    private static double rms(double[][] states, double[][] ends) {
        double sum = 0;
        for (int row = 0; row < ends.length; row++) {
            double distance = References.distance(states[row], ends[row]);
            sum += distance * distance / ends.length;
        }
        return Math.sqrt(sum);
    }

    private static double rms(double[][] states, double[] centre) {
        double sum = 0;
        for (double[] state : states) {
            double distance = References.distance(state, centre);
            sum += distance * distance / states.length;
        }
        return Math.sqrt(sum);
    }

    private static double largest(double[][] states, double[][] ends) {
        double largest = 0;
        for (int row = 0; row < ends.length; row++) {
            largest = Math.max(largest, References.distance(states[row], ends[row]));
        }
        return largest;
    }
}
