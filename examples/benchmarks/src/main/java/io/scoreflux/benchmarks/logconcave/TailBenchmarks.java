package io.scoreflux.benchmarks.logconcave;

import io.scoreflux.evaluation.TextTable;
import io.scoreflux.logconcave.ChainMoments;
import io.scoreflux.logconcave.ChainMoments.Coordinate;
import io.scoreflux.logconcave.LogConcave;
import io.scoreflux.logconcave.ProximalSampler;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** Measures the cost of effective draws from densities on a line that are far from normal, with and without Hamiltonian moves. */
public final class TailBenchmarks {
    private static final int CHAINS = 4;

    private TailBenchmarks() {}

    /** Runs for a minute. The argument is the number of draws of each of four chains. */
    public static void main(String[] args) {
        print(args.length > 0 ? Integer.parseInt(args[0]) : 2000, System.out);
    }

    static void print(int draws, PrintStream out) {
        Map<String, DoubleUnaryOperator> slopes = new LinkedHashMap<>();
        slopes.put("x^4", x -> 4 * x * x * x);
        slopes.put("|x|^16", x -> 16 * Math.pow(x, 15));
        slopes.put("exp(x) - x/1000", x -> Math.exp(x) - 1e-3);
        slopes.put("50 max(0, x - 1)^2 + x^2/200", x -> 100 * Math.max(0, x - 1) + 0.01 * x);
        out.println(
                "Gradients for an effective draw, the worst of x and x^2; in brackets R-hat and thousands in the pilot.");
        TextTable table = new TextTable(1, "f", "with moves", "without");
        slopes.forEach((name, slope) -> table.row(name, cell(slope, draws, true), cell(slope, draws, false)));
        table.lines().forEach(out::println);
    }

    private static String cell(DoubleUnaryOperator slope, int draws, boolean moves) {
        ChainMoments moments = new ChainMoments(CHAINS, 2);
        double[] sum = new double[1];
        ProximalSampler sampler = ProximalSampler.builder(
                        LogConcave.rowwise(1, (x, out) -> out[0] = slope.applyAsDouble(x[0])))
                .chains(CHAINS)
                .seed(3)
                .moves(moves)
                .build();
        sampler.draws(draws)
                .doOnNext(draw -> {
                    double x = draw.values()[0];
                    moments.add(draw.chain(), new double[] {x, x * x});
                    sum[0] += draw.statistics().gradients();
                })
                .blockLast();
        double effective = moments.coordinates().stream()
                .mapToDouble(Coordinate::effectiveSize)
                .min()
                .orElseThrow();
        double rhat = moments.coordinates().stream()
                .mapToDouble(Coordinate::splitRhat)
                .max()
                .orElseThrow();
        return String.format(
                Locale.ROOT, "%.0f (%.3f, %.0f)", sum[0] / effective, rhat, sampler.pilotGradients() / 1000.0);
    }
}
