package io.scoreflux.benchmarks.logconcave;

import io.scoreflux.evaluation.TextTable;
import io.scoreflux.logconcave.ChainMoments;
import io.scoreflux.logconcave.ChainMoments.Coordinate;
import io.scoreflux.logconcave.ProximalSampler;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Compares gradients per effective draw of the proximal sampler with those of NUTS, which needs values of the density, on logistic
 * regressions with random data.
 */
public final class RegressionBenchmarks {
    private static final int CHAINS = 4;

    private RegressionBenchmarks() {}

    /** Runs for minutes to hours. The arguments are the number of draws of each chain, the first seed, and the number of seeds. */
    public static void main(String[] args) {
        int draws = args.length > 0 ? Integer.parseInt(args[0]) : 2000;
        long first = args.length > 1 ? Long.parseLong(args[1]) : 1;
        int seeds = args.length > 2 ? Integer.parseInt(args[2]) : 3;
        print(draws, first, seeds, System.out, 1000);
    }

    static void print(int draws, long first, int seeds, PrintStream out, int warmUp) {
        out.println("Gradients for an effective draw, the worst of x_i and x_i^2, of " + CHAINS + " chains of " + draws
                + " draws after warm-up. In brackets those of warm-up, in thousands.");
        TextTable table = new TextTable(
                2,
                "posterior",
                "seed",
                "this sampler",
                "NUTS, dense",
                "ratio",
                "beyond",
                "worst z",
                "without moves",
                "NUTS, unit");
        for (LogisticRegression.Kind kind : LogisticRegression.KINDS) {
            for (long seed = first; seed < first + seeds; seed++) {
                LogisticRegression of = LogisticRegression.random(kind, seed);
                Outcome moves = proximal(of, draws, true);
                Outcome dense = nuts(of, draws, true, warmUp);
                // The slow methods run once for each kind.
                boolean once = seed == first;
                table.row(
                        kind.name(),
                        Long.toString(seed),
                        moves.cell(),
                        dense.cell(),
                        String.format(Locale.ROOT, "%.2f", moves.perEffective() / dense.perEffective()),
                        String.format(Locale.ROOT, "%.3f", moves.overflow),
                        String.format(Locale.ROOT, "%.1f", moves.worst(dense)),
                        once ? proximal(of, draws, false).cell() : "",
                        once ? nuts(of, draws / 4, false, warmUp).cell() : "");
                out.println(table.lines().get(table.lines().size() - 1));
            }
        }
        out.println();
        table.lines().forEach(out::println);
    }

    /** The results of a method: moments of x_i and x_i^2, and costs. */
    private record Outcome(List<Coordinate> moments, double gradients, double warmUp, double overflow) {
        double perEffective() {
            return gradients
                    / moments.stream()
                            .mapToDouble(Coordinate::effectiveSize)
                            .min()
                            .orElseThrow();
        }

        String cell() {
            return String.format(Locale.ROOT, "%.0f (%.0f)", perEffective(), warmUp / 1000);
        }

        /** Returns the largest difference of a mean from that of another method, in standard errors. */
        double worst(Outcome other) {
            double worst = 0;
            for (int i = 0; i < moments.size(); i++) {
                Coordinate a = moments.get(i);
                Coordinate b = other.moments.get(i);
                worst = Math.max(
                        worst, Math.abs(a.mean() - b.mean()) / Math.hypot(a.standardError(), b.standardError()));
            }
            return worst;
        }
    }

    private static Outcome proximal(LogisticRegression of, int draws, boolean moves) {
        ChainMoments moments = new ChainMoments(CHAINS, 2 * of.dimension());
        double[] sums = new double[4];
        ProximalSampler sampler = ProximalSampler.builder(of.smooth())
                .term(of.term())
                .chains(CHAINS)
                .seed(1)
                .moves(moves)
                .build();
        sampler.draws(draws)
                .doOnNext(draw -> {
                    moments.add(draw.chain(), both(draw.values()));
                    sums[0] += draw.statistics().gradients();
                    sums[1] += draw.statistics().burnInGradients();
                    sums[2] += draw.statistics().weights();
                    sums[3] += draw.statistics().overflows();
                })
                .blockLast();
        return new Outcome(
                moments.coordinates(), sums[0], sums[1] + sampler.pilotGradients(), sums[3] / Math.max(1, sums[2]));
    }

    private static Outcome nuts(LogisticRegression of, int draws, boolean dense, int warmUp) {
        ChainMoments moments = new ChainMoments(CHAINS, 2 * of.dimension());
        List<Nuts.Cost> costs = new ArrayList<>();
        for (int c = 0; c < CHAINS; c++) {
            int chain = c;
            costs.add(Nuts.run(
                    of.density(),
                    new double[of.dimension()],
                    warmUp,
                    draws,
                    dense,
                    new Random(100L + c),
                    x -> moments.add(chain, both(x))));
        }
        return new Outcome(
                moments.coordinates(),
                costs.stream().mapToDouble(Nuts.Cost::gradients).sum(),
                costs.stream().mapToDouble(Nuts.Cost::warmUpGradients).sum(),
                0);
    }

    /** Returns all x_i, and then all x_i^2. */
    static double[] both(double[] x) {
        double[] both = new double[2 * x.length];
        for (int i = 0; i < x.length; i++) {
            both[i] = x[i];
            both[x.length + i] = x[i] * x[i];
        }
        return both;
    }
}
