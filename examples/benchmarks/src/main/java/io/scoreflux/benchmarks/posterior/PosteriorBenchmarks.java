package io.scoreflux.benchmarks.posterior;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.GaussianMixture.Component;
import io.scoreflux.posterior.Island;
import io.scoreflux.posterior.Posterior;
import io.scoreflux.posterior.PosteriorBuilder;
import io.scoreflux.posterior.PosteriorEstimate;
import io.scoreflux.posterior.PosteriorSummary;
import io.scoreflux.reject.Fors;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;

/** Prints errors, coverage and cost of islands on mixtures whose posteriors are known. */
public final class PosteriorBenchmarks {
    private static final int ISLANDS = 8;
    private static final int APPROXIMATE = 1_000;
    /** The runs of eight islands for rare modes, relative to those for other problems. */
    private static final int RARE = 4;
    /** The error of the weight of a mode above which a run counts as wrong. */
    private static final double WRONG = 0.1;

    private PosteriorBenchmarks() {}

    /** Runs the benchmarks. The optional arguments are the number of repetitions, 10 by default, and {@code known} for the first table alone. */
    public static void main(String[] args) {
        int repetitions = args.length == 0 ? 10 : Integer.parseInt(args[0]);
        if (args.length < 2) {
            run(System.out, repetitions);
            return;
        }
        if (!args[1].equals("known")) {
            throw new IllegalArgumentException("the second argument must be known, was " + args[1]);
        }
        printKnown(System.out, repetitions);
    }

    static void run(PrintStream out, int repetitions) {
        printKnown(out, repetitions);
        out.println();
        out.println("Modes of small prior weight, " + ISLANDS * RARE * repetitions + " islands for each");
        rareModes(RARE * repetitions).lines().forEach(out::println);
        out.println();
        out.println("Moves by the flow and by rejection sampling, " + ISLANDS * repetitions / 5 + " islands for each");
        rejection(ISLANDS * repetitions / 5).lines().forEach(out::println);
    }

    private static void printKnown(PrintStream out, int repetitions) {
        out.println(ISLANDS * repetitions + " islands of 256 particles for each problem");
        known(repetitions).lines().forEach(out::println);
    }

    /** Measures errors, coverage and cost on all problems. */
    static TextTable known(int repetitions) {
        TextTable table = new TextTable(
                1,
                "problem",
                "TV, approx.",
                "TV",
                "mean error / sd",
                "se",
                "var / exact",
                "coverage",
                "sd ln Z",
                "ln Z - exact",
                "se",
                "least ESS",
                "resamplings",
                "calls / particle",
                "of scouts",
                "calls / ESS",
                "pilot calls");
        for (KnownPosterior problem : problems()) {
            row(table, problem, repetitions);
        }
        return table;
    }

    /** Compares moves by the flow with those by rejection sampling. A tolerance of 0.01 takes minutes in many dimensions. */
    static TextTable rejection(int islands) {
        TextTable table = new TextTable(
                1,
                "problem",
                "tolerance of fors",
                "TV",
                "mean error / sd",
                "se",
                "var / exact",
                "sd ln Z",
                "clipping",
                "calls / particle",
                "of scouts");
        for (KnownPosterior known : problems()) {
            if (known.name().equals("two modes, a = 1.0")) {
                rejection(table, known, 0, islands);
                rejection(table, known, 0.1, islands);
                rejection(table, known, 0.01, islands);
            } else if (known.name().equals("6 in R^16, mask of 8")) {
                rejection(table, known, 0, islands);
                rejection(table, known, 0.1, islands);
            }
        }
        return table;
    }

    private static void rejection(TextTable table, KnownPosterior known, double tolerance, int count) {
        PosteriorBuilder builder = builder(known);
        if (tolerance > 0) {
            builder.rejectionSampling(new Fors(tolerance));
        }
        List<Island> islands = Objects.requireNonNull(
                builder.build().islands(0, count).collectList().block());
        PosteriorSummary all = PosteriorSummary.of(islands);
        int axis = widest(known);
        double sd = Math.sqrt(known.variance()[axis]);
        PosteriorEstimate mean = all.mean(axis);
        table.row(
                known.name(),
                tolerance > 0 ? number("%.0e", tolerance) : "flow",
                number("%.3f", variation(known, weights(known, all))),
                number("%+.4f", (mean.value() - known.mean()[axis]) / sd),
                number("%.4f", mean.standardError() / sd),
                number("%.3f", within(known, all)),
                number("%.2f", all.sdLogEvidence()),
                number(
                        "%.3f",
                        islands.stream().mapToDouble(Island::clipping).average().orElseThrow()),
                number("%.0f", calls(islands, false)),
                number("%.0f", calls(islands, true)));
    }

    /** Returns the mean number of calls of a particle of scouts, or of other islands. */
    private static double calls(List<Island> islands, boolean scouts) {
        return islands.stream()
                .filter(island -> island.scout() == scouts)
                .mapToDouble(island -> (double) island.calls() / island.particles())
                .average()
                .orElseThrow();
    }

    /** Measures how many islands, and how many runs of eight islands, find a mode of small prior and large posterior weight. */
    static TextTable rareModes(int runs) {
        TextTable table = new TextTable(
                1,
                "mode",
                "prior weight",
                "posterior weight",
                "found, even",
                "found, odd",
                "found, scouts",
                "pooled",
                "sd ln Z",
                "least ESS",
                "wrong, 8 even",
                "wrong, 4 + 4",
                "wrong, 4 + 3 + scout",
                "silent");
        for (double[] one : new double[][] {{8, 0.02}, {8, 1e-3}, {16, 1e-4}, {16, 1e-6}}) {
            rareMode(table, needle((int) one[0], one[1]), one[1], runs);
        }
        for (double weight : new double[] {1e-3, 1e-4, 1e-6}) {
            rareMode(table, farMode(weight), weight, runs);
        }
        return table;
    }

    /** A mode of width 0.1 in the middle of a standard normal distribution; half of the numbers are observed with noise 0.01. */
    private static KnownPosterior needle(int d, double weight) {
        double[] y = new double[d / 2];
        Random random = new Random(d);
        for (int i = 0; i < y.length; i++) {
            y[i] = 0.1 * random.nextGaussian();
        }
        return rare("needle in R^" + d, weight, new double[d], 0.1, y, 0.01);
    }

    /** A mode of width 0.3 at a distance of 11 from the mean of a standard normal distribution in R^8; half of the numbers are observed. */
    private static KnownPosterior farMode(double weight) {
        double[] mean = new double[8];
        Arrays.fill(mean, 4);
        double[] y = new double[4];
        Random random = new Random(8);
        for (int i = 0; i < y.length; i++) {
            y[i] = 4 + 0.3 * random.nextGaussian();
        }
        return rare("far mode in R^8", weight, mean, 0.3, y, 0.1);
    }

    private static KnownPosterior rare(
            String name, double weight, double[] mean, double width, double[] y, double noise) {
        int d = mean.length;
        double[] wide = new double[d];
        double[] narrow = new double[d];
        Arrays.fill(wide, 1);
        Arrays.fill(narrow, width);
        return KnownPosterior.of(
                name,
                KnownPosterior.mixture(
                        new double[] {1 - weight, weight},
                        new double[][] {new double[d], mean},
                        new double[][] {wide, narrow}),
                mask(d, y.length),
                y,
                noise);
    }

    private static void rareMode(TextTable table, KnownPosterior known, double weight, int runs) {
        List<Island> all = Objects.requireNonNull(
                posterior(known).islands(0, (long) ISLANDS * runs).collectList().block());
        List<Island> scouts = all.stream().filter(Island::scout).toList();
        List<Island> even = all.stream().filter(one -> one.index() % 2 == 0).toList();
        List<Island> odd =
                all.stream().filter(one -> one.index() % 2 == 1 && !one.scout()).toList();
        PosteriorSummary summary = PosteriorSummary.of(all);
        List<PosteriorSummary> shipped = runs(all, ISLANDS, all, 0);
        table.row(
                known.name(),
                number("%.0e", weight),
                number("%.3f", known.weights()[1]),
                number("%.2f", found(known, even)),
                number("%.2f", found(known, odd)),
                number("%.2f", found(known, scouts)),
                number("%.3f", weight(known, summary)),
                number("%.2f", summary.sdLogEvidence()),
                number("%.2f", summary.leastEffective()),
                number("%.2f", wrong(known, runs(even, ISLANDS, even, 0))),
                number("%.2f", wrong(known, runs(even, ISLANDS / 2, odd, ISLANDS / 2))),
                number("%.2f", wrong(known, shipped)),
                number("%.2f", silent(known, shipped)));
    }

    /** Divides islands into runs with the given numbers of islands from two lists. */
    private static List<PosteriorSummary> runs(List<Island> first, int ofFirst, List<Island> second, int ofSecond) {
        List<PosteriorSummary> runs = new ArrayList<>();
        for (int r = 0; (r + 1) * ofFirst <= first.size() && (r + 1) * ofSecond <= second.size(); r++) {
            List<Island> run = new ArrayList<>(first.subList(r * ofFirst, (r + 1) * ofFirst));
            run.addAll(second.subList(r * ofSecond, (r + 1) * ofSecond));
            runs.add(PosteriorSummary.of(run));
        }
        return runs;
    }

    /** Returns the posterior weight of the rare mode. */
    private static double weight(KnownPosterior known, PosteriorSummary summary) {
        return summary.expectation(x -> known.responsibilities(x)[1], 0.95).value();
    }

    private static boolean isWrong(KnownPosterior known, PosteriorSummary run) {
        return Math.abs(weight(known, run) - known.weights()[1]) > WRONG;
    }

    private static double wrong(KnownPosterior known, List<PosteriorSummary> runs) {
        return (double) runs.stream().filter(run -> isWrong(known, run)).count() / runs.size();
    }

    /** Returns the share of runs that are wrong without a warning. */
    private static double silent(KnownPosterior known, List<PosteriorSummary> runs) {
        return (double) runs.stream()
                        .filter(run -> isWrong(known, run) && run.warnings().isEmpty())
                        .count()
                / runs.size();
    }

    /** Returns the share of islands in which the rare mode has at least a tenth of its weight. */
    private static double found(KnownPosterior known, List<Island> islands) {
        int found = 0;
        for (Island island : islands) {
            double weight = 0;
            for (int j = 0; j < island.particles(); j++) {
                weight += island.weight(j) * known.responsibilities(island.state(j))[1];
            }
            found += weight > known.weights()[1] / 10 ? 1 : 0;
        }
        return (double) found / islands.size();
    }

    private static Posterior posterior(KnownPosterior known) {
        return builder(known).build();
    }

    private static PosteriorBuilder builder(KnownPosterior known) {
        return Posterior.builder(known.denoiser(), known.observation()).noiseRange(from(known), to(known));
    }

    private static double from(KnownPosterior known) {
        return 20 * known.denoiser().moments().orElseThrow().radius();
    }

    /** Returns a tenth of the smallest width or noise of any direction. */
    private static double to(KnownPosterior known) {
        double noise = known.observation().directions(known.mean().length).leastNoise();
        return 0.1 * Math.min(known.denoiser().smallestStd(), noise);
    }

    /** Returns the distance in total variation of the weights of modes from the exact ones. */
    private static double variation(KnownPosterior known, double[] weights) {
        double distance = 0;
        for (int k = 0; k < weights.length; k++) {
            distance += 0.5 * Math.abs(weights[k] - known.weights()[k]);
        }
        return distance;
    }

    /** Returns the weights of modes of the approximation with the moments of all data. */
    private static double[] approximate(KnownPosterior known) {
        double[] weights = new double[known.weights().length];
        Denoiser observed = known.observation().of(known.denoiser());
        List<Sample> samples = Objects.requireNonNull(Sampler.builder(observed)
                .noiseRange(from(known), to(known))
                .build()
                .samples(0, APPROXIMATE)
                .collectList()
                .block());
        for (Sample sample : samples) {
            double[] shares = known.responsibilities(sample.values());
            for (int k = 0; k < weights.length; k++) {
                weights[k] += shares[k] / APPROXIMATE;
            }
        }
        return weights;
    }

    static List<KnownPosterior> problems() {
        List<KnownPosterior> all = new ArrayList<>();
        for (double a : new double[] {0.3, 0.6, 1}) {
            all.add(KnownPosterior.of(
                    "two modes, a = " + a,
                    KnownPosterior.mixture(new double[] {1, 1}, new double[][] {{-a, -a}, {a, a}}, new double[][] {
                        {0.3, 0.3}, {0.3, 0.3}
                    }),
                    new double[][] {{0, 1}},
                    new double[] {0.4},
                    0.3));
        }
        List<Component> ring = new ArrayList<>();
        for (int k = 0; k < 8; k++) {
            double angle = 2 * Math.PI * k / 8;
            ring.add(new Component(
                    1, new double[] {StrictMath.cos(angle), StrictMath.sin(angle)}, Covariance.isotropic(0.05)));
        }
        all.add(KnownPosterior.of("ring of 8", ring, new double[][] {{1, 0}}, new double[] {0.75}, 0.07));
        Random random = new Random(5);
        List<Component> six = mixture(random, 6, 16, 0.02, 1);
        all.add(observed("6 in R^16, mask of 8", six, mask(16, 8), 0.1, random));
        all.add(observed("6 in R^16, 4 projections", six, projections(random, 4, 16), 0.5, random));
        all.add(observed("Gaussian in R^32, mask of 16", mixture(random, 1, 32, 0.1, 1), mask(32, 16), 0.1, random));
        for (int k = 0; k < 6; k++) {
            int d = 2 + random.nextInt(14);
            int m = 1 + random.nextInt(Math.min(d, 6));
            all.add(observed(
                    "random " + (k + 1) + ", " + m + " of " + d,
                    mixture(random, 2 + random.nextInt(8), d, 0.05, 0.6),
                    k % 2 == 0 ? mask(d, m) : projections(random, m, d),
                    0.05 + 0.4 * random.nextDouble(),
                    random));
        }
        return all;
    }

    private static List<Component> mixture(Random random, int components, int d, double least, double most) {
        List<Component> all = new ArrayList<>();
        for (int k = 0; k < components; k++) {
            double[] mean = new double[d];
            double[] width = new double[d];
            for (int i = 0; i < d; i++) {
                mean[i] = random.nextGaussian();
                width[i] = least * StrictMath.exp(random.nextDouble() * StrictMath.log(most / least));
            }
            all.add(new Component(0.5 + random.nextDouble(), mean, Covariance.diagonal(width)));
        }
        return List.copyOf(all);
    }

    private static double[][] mask(int d, int m) {
        double[][] a = new double[m][d];
        for (int i = 0; i < m; i++) {
            a[i][i] = 1;
        }
        return a;
    }

    private static double[][] projections(Random random, int m, int d) {
        double[][] a = new double[m][d];
        for (double[] row : a) {
            for (int i = 0; i < d; i++) {
                row[i] = random.nextGaussian() / Math.sqrt(d);
            }
        }
        return a;
    }

    /** Observes a draw from the mixture. */
    private static KnownPosterior observed(
            String name, List<Component> components, double[][] a, double noise, Random random) {
        double total = components.stream().mapToDouble(Component::weight).sum();
        double at = random.nextDouble() * total;
        int chosen = 0;
        while (chosen < components.size() - 1 && at >= components.get(chosen).weight()) {
            at -= components.get(chosen).weight();
            chosen++;
        }
        Component component = components.get(chosen);
        double[] x = component.mean().clone();
        for (int i = 0; i < x.length; i++) {
            x[i] += Math.sqrt(component.covariance().variance(i)) * random.nextGaussian();
        }
        double[] y = new double[a.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = noise * random.nextGaussian();
            for (int j = 0; j < x.length; j++) {
                y[i] += a[i][j] * x[j];
            }
        }
        return KnownPosterior.of(name, components, a, y, noise);
    }

    private static void row(TextTable table, KnownPosterior known, int repetitions) {
        int d = known.mean().length;
        Posterior posterior = posterior(known);
        List<Island> islands = Objects.requireNonNull(
                posterior.islands(0, (long) ISLANDS * repetitions).collectList().block());
        int axis = widest(known);
        double sd = Math.sqrt(known.variance()[axis]);
        int covered = 0;
        int intervals = 0;
        for (int r = 0; r < repetitions; r++) {
            PosteriorSummary summary = PosteriorSummary.of(islands.subList(r * ISLANDS, (r + 1) * ISLANDS));
            for (int i = 0; i < Math.min(d, 4); i++) {
                PosteriorEstimate mean = summary.mean(i);
                intervals++;
                covered += mean.lower() <= known.mean()[i] && known.mean()[i] <= mean.upper() ? 1 : 0;
            }
        }
        PosteriorSummary all = PosteriorSummary.of(islands);
        PosteriorEstimate mean = all.mean(axis);
        double particles = islands.get(0).particles();
        double calls = islands.stream().mapToDouble(Island::calls).average().orElseThrow() / particles;
        double squares = 0;
        for (Island island : islands) {
            double own = 0;
            for (int j = 0; j < island.particles(); j++) {
                own += island.weight(j) * island.state(j)[axis];
            }
            squares += (own - known.mean()[axis]) * (own - known.mean()[axis]) / islands.size();
        }
        double resamplings = islands.stream()
                .filter(island -> !island.scout())
                .mapToInt(Island::resamplings)
                .average()
                .orElseThrow();
        table.row(
                known.name(),
                number("%.3f", variation(known, approximate(known))),
                number("%.3f", variation(known, weights(known, all))),
                number("%+.4f", (mean.value() - known.mean()[axis]) / sd),
                number("%.4f", mean.standardError() / sd),
                number("%.3f", within(known, all)),
                number("%.2f", (double) covered / intervals),
                number("%.2f", all.sdLogEvidence()),
                number("%+.3f", all.logEvidence() - known.logEvidence()),
                number("%.3f", all.sdLogEvidence() / Math.sqrt(islands.size())),
                number("%.2f", all.leastEffective()),
                number("%.1f", resamplings),
                number("%.0f", calls(islands, false)),
                number("%.0f", calls(islands, true)),
                number("%.0f", calls * particles * squares / known.variance()[axis]),
                String.valueOf(posterior.pilotCalls().block()));
    }

    /** Returns the weights of the modes. */
    private static double[] weights(KnownPosterior known, PosteriorSummary summary) {
        double[] weights = new double[known.weights().length];
        for (int k = 0; k < weights.length; k++) {
            int component = k;
            weights[k] = summary.expectation(x -> known.responsibilities(x)[component], 0.95)
                    .value();
        }
        return weights;
    }

    /** Returns the variance within modes, relative to the exact one. */
    private static double within(KnownPosterior known, PosteriorSummary summary) {
        return summary.expectation(
                        x -> {
                            double[] shares = known.responsibilities(x);
                            double sum = 0;
                            for (int k = 0; k < shares.length; k++) {
                                sum += shares[k] > 1e-12 ? shares[k] * known.distance(k, x) / x.length : 0;
                            }
                            return sum;
                        },
                        0.95)
                .value();
    }

    /** Returns the number whose posterior is widest. */
    private static int widest(KnownPosterior known) {
        int axis = 0;
        for (int i = 1; i < known.variance().length; i++) {
            axis = known.variance()[i] > known.variance()[axis] ? i : axis;
        }
        return axis;
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
