package io.scoreflux.benchmarks.logconcave;

import io.scoreflux.benchmarks.logconcave.Density.Method;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.logconcave.ChainMoments;
import io.scoreflux.logconcave.ChainMoments.Coordinate;
import io.scoreflux.logconcave.Curvature;
import io.scoreflux.logconcave.Mode;
import io.scoreflux.logconcave.Preconditioner;
import io.scoreflux.logconcave.ProximalSampler;
import io.scoreflux.logconcave.ProximalSamplerBuilder;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;

/** Compares gradients per effective draw and biases of the proximal sampler and of other methods. */
public final class ProximalBenchmarks {
    private static final int CHAINS = 16;

    private ProximalBenchmarks() {}

    /** Runs for several minutes. */
    public static void main(String[] args) {
        print(args.length == 1 ? Integer.parseInt(args[0]) : 20_000, System.out);
    }

    /**
     * Measures and prints.
     *
     * @param draws number of draws of each of 16 chains
     */
    static void print(int draws, PrintStream out) {
        out.println("N(0, I_10), B = 0.5, A = 0, no scaling: the step rule eta = B / (c |H|_F)");
        TextTable rule = new TextTable(1, "c", "variance - 1", "se", "beyond B", "gradients a step", "per ESS");
        for (double c : new double[] {1, 1.5, 2, 3, 4, 6}) {
            Outcome run = proximal(
                    Density.standardNormal(10),
                    draws,
                    builder -> plain(builder).safety(c).step(0.5 / (c * Math.sqrt(10))));
            rule.row(rule(c, run, 1));
        }
        rule.lines().forEach(out::println);
        out.println();
        double exact = squares(Density.steep());
        for (boolean moves : new boolean[] {false, true}) {
            out.println("f = cosh x, which is steeper in its tails, " + (moves ? "with" : "without")
                    + " moves; other settings are the defaults");
            TextTable steep = new TextTable(1, "c", "E x^2, less 1", "se", "beyond B", "gradients a step", "per ESS");
            for (double c : new double[] {1, 2, 4, 8}) {
                steep.row(rule(
                        c,
                        proximal(
                                Density.steep(),
                                draws,
                                builder -> builder.safety(c).moves(moves)),
                        exact));
            }
            steep.lines().forEach(out::println);
            out.println();
        }
        out.println(
                "Gradients for an effective draw, the worst of x_i and x_i^2; in brackets the mean of x_i^2 over the"
                        + " exact one, less 1");
        TextTable costs = new TextTable(
                1, "density", "A = 0", "secants alone", "A at mode", "default", "ULA h = .05", "MALA", "HMC");
        for (int d : new int[] {2, 10, 30}) {
            costs.row(row(
                    "N(0, I_" + d + ")",
                    Density.standardNormal(d),
                    draws,
                    1.3 / Math.cbrt(d),
                    1.1 / Math.pow(d, 0.25),
                    2));
        }
        double[] variances = new double[20];
        for (int i = 0; i < 20; i++) {
            variances[i] = Math.pow(100, i / 19.0) / 100;
        }
        costs.row(row("N, d = 20, kappa = 100", Density.normal(variances), draws, 0.006, 0.1, 15));
        costs.row(row("logistic, n = 200, d = 10", Density.logistic(), draws, 0.02, 0.12, 3));
        Mode mode = Objects.requireNonNull(
                ProximalSampler.builder(Density.logistic().gradientOnly())
                        .build()
                        .mode()
                        .block());
        costs.row(row("the same, scaled by the Hessian", Density.logistic().whitened(mode), draws, 0.5, 0.7, 3));
        costs.lines().forEach(out::println);
    }

    private static String[] rule(double c, Outcome run, double exact) {
        return new String[] {
            String.format(Locale.ROOT, "%.1f", c),
            String.format(Locale.ROOT, "%+.4f", run.squares() / exact - 1),
            String.format(Locale.ROOT, "%.4f", run.squaresError() / exact),
            String.format(Locale.ROOT, "%.3f", run.overflow()),
            String.format(Locale.ROOT, "%.3f", run.gradientsPerStep()),
            String.format(Locale.ROOT, "%.0f", run.perEffective())
        };
    }

    /** E x^2 in one dimension by the trapezoidal rule, which is exact to rounding for analytic densities. */
    private static double squares(Density density) {
        double mass = 0;
        double sum = 0;
        for (int i = -10_000; i <= 10_000; i++) {
            double x = 1e-3 * i;
            double p = Math.exp(-density.value(new double[] {x}));
            mass += p;
            sum += x * x * p;
        }
        return sum / mass;
    }

    private static ProximalSamplerBuilder plain(ProximalSamplerBuilder builder) {
        return builder.preconditioner(Preconditioner.identity()).curvature(Curvature.none());
    }

    private static String[] row(String name, Density density, int draws, double malaStep, double hmcStep, int leaps) {
        Outcome exact = yardstick(density, draws, Yardsticks.hmc(hmcStep, leaps));
        return new String[] {
            name,
            cell(proximal(density, draws, ProximalBenchmarks::plain), exact),
            cell(
                    proximal(
                            density,
                            draws,
                            builder -> builder.preconditioner(Preconditioner.identity())
                                    .moves(false)),
                    exact),
            cell(proximal(density, draws, builder -> builder.moves(false)), exact),
            cell(proximal(density, draws, builder -> builder), exact),
            cell(yardstick(density, draws, Yardsticks.ula(0.05)), exact),
            cell(yardstick(density, draws, Yardsticks.mala(malaStep)), exact),
            cell(exact, exact)
        };
    }

    private static String cell(Outcome run, Outcome exact) {
        return Double.isFinite(run.squares())
                ? String.format(Locale.ROOT, "%.1f (%+.3f)", run.perEffective(), run.squares() / exact.squares() - 1)
                : "diverges";
    }

    /**
     * The results of a method.
     *
     * @param squares mean of x_i^2 over draws and coordinates
     * @param squaresError its standard error, from the chains
     * @param perEffective gradients divided by the smallest effective sample size
     */
    private record Outcome(
            double squares, double squaresError, double overflow, double gradientsPerStep, double perEffective) {}

    private static Outcome proximal(Density density, int draws, UnaryOperator<ProximalSamplerBuilder> configure) {
        Tally tally = new Tally(density.dimension());
        double[] sums = new double[3];
        configure
                .apply(ProximalSampler.builder(density.gradientOnly())
                        .chains(CHAINS)
                        .burnIn(1000))
                .build()
                .draws(draws)
                .doOnNext(draw -> {
                    tally.add(draw.chain(), draw.values());
                    sums[0] += draw.statistics().gradients();
                    sums[1] += draw.statistics().weights();
                    sums[2] += draw.statistics().overflows();
                })
                .blockLast();
        return tally.outcome(sums[0], sums[1] == 0 ? 0 : sums[2] / sums[1], (double) draws * CHAINS);
    }

    private static Outcome yardstick(Density density, int draws, Method method) {
        Tally tally = new Tally(density.dimension());
        double gradients = 0;
        for (int chain = 0; chain < CHAINS; chain++) {
            int number = chain;
            Random random = new Random(100L + chain);
            double[] start = new double[density.dimension()];
            double[][] last = {start};
            method.run(density, start, 1000, random, x -> last[0] = x);
            gradients += method.run(density, last[0], draws, random, x -> tally.add(number, x));
        }
        return tally.outcome(gradients, 0, (double) draws * CHAINS);
    }

    /** Moments of x and of its squares. */
    private static final class Tally {
        private final ChainMoments moments;
        private final double[] squares = new double[CHAINS];
        private final long[] draws = new long[CHAINS];

        Tally(int dimension) {
            this.moments = new ChainMoments(CHAINS, 2 * dimension);
        }

        void add(int chain, double[] x) {
            double[] both = new double[2 * x.length];
            double sum = 0;
            for (int i = 0; i < x.length; i++) {
                both[i] = x[i];
                both[x.length + i] = x[i] * x[i];
                sum += x[i] * x[i] / x.length;
            }
            moments.add(chain, both);
            squares[chain] += sum;
            draws[chain]++;
        }

        Outcome outcome(double gradients, double overflow, double steps) {
            double mean = 0;
            for (int c = 0; c < CHAINS; c++) {
                mean += squares[c] / draws[c] / CHAINS;
            }
            double variance = 0;
            for (int c = 0; c < CHAINS; c++) {
                double from = squares[c] / draws[c] - mean;
                variance += from * from / (CHAINS - 1) / CHAINS;
            }
            List<Coordinate> all = moments.coordinates();
            double least =
                    all.stream().mapToDouble(Coordinate::effectiveSize).min().orElseThrow();
            return new Outcome(mean, Math.sqrt(variance), overflow, gradients / steps, gradients / least);
        }
    }
}
