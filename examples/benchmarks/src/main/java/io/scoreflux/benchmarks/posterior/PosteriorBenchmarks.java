package io.scoreflux.benchmarks.posterior;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.GaussianMixture.Component;
import io.scoreflux.posterior.Island;
import io.scoreflux.posterior.Posterior;
import io.scoreflux.posterior.PosteriorEstimate;
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
    private static final int APPROXIMATE = 1_000;

    private PosteriorBenchmarks() {}

    /** Runs the benchmarks; the optional argument is the number of repetitions, 10 by default. */
    public static void main(String[] args) {
        run(System.out, args.length == 0 ? 10 : Integer.parseInt(args[0]));
    }

    static void run(PrintStream out, int repetitions) {
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
                "resamplings",
                "calls / particle",
                "calls / ESS",
                "pilot calls");
        for (KnownPosterior problem : problems()) {
            row(table, problem, repetitions);
        }
        out.println(ISLANDS * repetitions + " islands of 256 particles for each problem");
        table.lines().forEach(out::println);
        out.println();
        out.println("Needles of width 0.1 in a standard normal distribution: islands that find them");
        needles(5 * repetitions).lines().forEach(out::println);
    }

    /** Measures how many islands find a narrow mode whose prior weight is small and whose posterior weight is large. */
    private static TextTable needles(int islands) {
        TextTable table = new TextTable(
                0,
                "d",
                "prior weight",
                "posterior weight",
                "found, even",
                "found, odd",
                "pooled",
                "sd ln Z",
                "least ESS");
        for (double[] one : new double[][] {{8, 0.02}, {8, 0.001}, {16, 1e-4}, {16, 1e-6}}) {
            int d = (int) one[0];
            double[] wide = new double[d];
            double[] narrow = new double[d];
            double[] y = new double[d / 2];
            Random random = new Random(d);
            for (int i = 0; i < d; i++) {
                wide[i] = 1;
                narrow[i] = 0.1;
            }
            for (int i = 0; i < y.length; i++) {
                y[i] = 0.1 * random.nextGaussian();
            }
            KnownPosterior known = KnownPosterior.of(
                    "needle",
                    KnownPosterior.mixture(
                            new double[] {1 - one[1], one[1]}, new double[2][d], new double[][] {wide, narrow}),
                    mask(d, d / 2),
                    y,
                    0.01);
            List<Island> all = Objects.requireNonNull(
                    posterior(known).islands(0, 2L * islands).collectList().block());
            double[] found = new double[2];
            for (Island island : all) {
                double weight = 0;
                for (int j = 0; j < island.particles(); j++) {
                    weight += island.weight(j) * known.responsibilities(island.state(j))[1];
                }
                found[(int) (island.index() % 2)] += weight > known.weights()[1] / 10 ? 1.0 / islands : 0;
            }
            PosteriorSummary summary = PosteriorSummary.of(all);
            table.row(
                    String.valueOf(d),
                    number("%.0e", one[1]),
                    number("%.3f", known.weights()[1]),
                    number("%.2f", found[0]),
                    number("%.2f", found[1]),
                    number(
                            "%.3f",
                            summary.expectation(x -> known.responsibilities(x)[1], 0.95)
                                    .value()),
                    number("%.2f", summary.sdLogEvidence()),
                    number("%.2f", summary.leastEffective()));
        }
        return table;
    }

    private static Posterior posterior(KnownPosterior known) {
        return Posterior.builder(known.denoiser(), known.observation())
                .noiseRange(from(known), to(known))
                .build();
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
        double[] weights = new double[known.weights().length];
        for (int k = 0; k < weights.length; k++) {
            int component = k;
            weights[k] = all.expectation(x -> known.responsibilities(x)[component], 0.95)
                    .value();
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
                number("%.3f", variation(known, approximate(known))),
                number("%.3f", variation(known, weights)),
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
