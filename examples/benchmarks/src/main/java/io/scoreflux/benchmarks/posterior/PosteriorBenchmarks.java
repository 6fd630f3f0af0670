package io.scoreflux.benchmarks.posterior;

import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.GaussianMixture.Component;
import io.scoreflux.posterior.Estimate;
import io.scoreflux.posterior.Island;
import io.scoreflux.posterior.Posterior;
import io.scoreflux.posterior.PosteriorSummary;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;

/** Prints errors, coverage and cost of islands on mixtures whose posteriors are known. */
public final class PosteriorBenchmarks {
    private static final int ISLANDS = 8;

    private PosteriorBenchmarks() {}

    /** Runs the benchmarks; the optional argument is the number of repetitions, 10 by default. */
    public static void main(String[] args) {
        run(System.out, args.length == 0 ? 10 : Integer.parseInt(args[0]));
    }

    static void run(PrintStream out, int repetitions) {
        TextTable table = new TextTable(
                1,
                "problem",
                "TV",
                "mean error / sd",
                "se",
                "var / exact",
                "coverage",
                "sd ln Z",
                "ln Z - exact",
                "se",
                "resamplings",
                "calls / particle",
                "calls / ESS",
                "pilot calls");
        for (KnownPosterior problem : problems()) {
            row(table, problem, repetitions);
        }
        table.lines().forEach(out::println);
    }

    static List<KnownPosterior> problems() {
        List<KnownPosterior> all = new ArrayList<>();
        for (double a : new double[] {0.3, 0.6, 1}) {
            all.add(KnownPosterior.of(
                    "two modes, a = " + a,
                    KnownPosterior.mixture(
                            new double[] {1, 1}, new double[][] {{-a, -a}, {a, a}}, new double[][] {{0.3, 0.3}, {0.3, 0.3}}),
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
        all.add(observed(
                "Gaussian in R^32, mask of 16", mixture(random, 1, 32, 0.1, 1), mask(32, 16), 0.1, random));
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
        double s = 0.1 * known.denoiser().smallestStd();
        Posterior posterior = Posterior.builder(known.denoiser(), known.observation())
                .noiseRange(20 * known.denoiser().moments().orElseThrow().radius(), Math.min(s, 0.1 * known.noise()))
                .build();
        List<Island> islands = Objects.requireNonNull(
                posterior.islands(0, (long) ISLANDS * repetitions).collectList().block());
        int axis = widest(known);
        double sd = Math.sqrt(known.variance()[axis]);
        int covered = 0;
        int intervals = 0;
        for (int r = 0; r < repetitions; r++) {
            PosteriorSummary summary = PosteriorSummary.of(islands.subList(r * ISLANDS, (r + 1) * ISLANDS));
            for (int i = 0; i < Math.min(d, 4); i++) {
                Estimate mean = summary.mean(i);
                intervals++;
                covered += mean.lower() <= known.mean()[i] && known.mean()[i] <= mean.upper() ? 1 : 0;
            }
        }
        PosteriorSummary all = PosteriorSummary.of(islands);
        Estimate mean = all.mean(axis);
        double tv = 0;
        for (int k = 0; k < known.weights().length; k++) {
            int component = k;
            double weight =
                    all.expectation(x -> known.responsibilities(x)[component], 0.95).value();
            tv += 0.5 * Math.abs(weight - known.weights()[k]);
        }
        double within = all.expectation(
                        x -> {
                            double[] shares = known.responsibilities(x);
                            double sum = 0;
                            for (int k = 0; k < shares.length; k++) {
                                sum += shares[k] > 1e-12 ? shares[k] * known.distance(k, x) / d : 0;
                            }
                            return sum;
                        },
                        0.95)
                .value();
        double particles = islands.get(0).particles();
        double calls = islands.stream().mapToDouble(Island::calls).average().orElseThrow() / particles;
        double squares = 0;
        double resamplings = 0;
        for (Island island : islands) {
            double own = 0;
            for (int j = 0; j < island.particles(); j++) {
                own += island.weight(j) * island.state(j)[axis];
            }
            squares += (own - known.mean()[axis]) * (own - known.mean()[axis]) / islands.size();
            resamplings += (double) island.resamplings() / islands.size();
        }
        table.row(
                known.name(),
                number("%.3f", tv),
                number("%+.4f", (mean.value() - known.mean()[axis]) / sd),
                number("%.4f", mean.standardError() / sd),
                number("%.3f", within),
                number("%.2f", (double) covered / intervals),
                number("%.2f", all.sdLogEvidence()),
                number("%+.3f", all.logEvidence() - known.logEvidence()),
                number("%.3f", all.sdLogEvidence() / Math.sqrt(islands.size())),
                number("%.1f", resamplings),
                number("%.0f", calls),
                number("%.0f", calls * particles * squares / known.variance()[axis]),
                String.valueOf(posterior.pilotCalls().block()));
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
