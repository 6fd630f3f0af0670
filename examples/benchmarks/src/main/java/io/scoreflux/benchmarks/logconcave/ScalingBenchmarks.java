package io.scoreflux.benchmarks.logconcave;

import io.scoreflux.evaluation.TextTable;
import io.scoreflux.logconcave.ChainMoments;
import io.scoreflux.logconcave.ChainMoments.Coordinate;
import io.scoreflux.logconcave.Curvature;
import io.scoreflux.logconcave.Preconditioner;
import io.scoreflux.logconcave.ProximalSampler;
import io.scoreflux.logconcave.ProximalSamplerBuilder;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** Measures how the cost of an effective draw from a normal distribution grows with its condition number and its dimension. */
public final class ScalingBenchmarks {
    private static final int CHAINS = 8;

    private ScalingBenchmarks() {}

    /** Runs for minutes. The argument is the number of effective draws of each chain for which runs are made. */
    public static void main(String[] args) {
        print(args.length > 0 ? Integer.parseInt(args[0]) : 300, System.out);
    }

    static void print(int effective, PrintStream out) {
        out.println(
                "Gradients for an effective draw from N(0, diag) with variances from 1 / kappa to 1, the worst of x_i and"
                        + " x_i^2. A = 0, no scaling, no moves; and the default.");
        sweep("kappa", new int[] {3, 10, 30, 100}, effective, kappa -> variances(10, kappa), out);
        sweep("d", new int[] {5, 10, 20, 40, 80}, effective, d -> variances(d, 1), out);
    }

    private interface Variances {
        double[] of(int parameter);
    }

    private static void sweep(String name, int[] values, int effective, Variances variances, PrintStream out) {
        TextTable table = new TextTable(1, name, "step rule", "not scaled", "default");
        double[] logs = new double[values.length];
        double[] costs = new double[values.length];
        double[] theories = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            double[] of = variances.of(values[i]);
            logs[i] = Math.log(values[i]);
            // The rule eta = B / (c |H|_F) determines the number of steps for each effective draw of the widest axis, 1
            // + 2 / eta.
            double eta = 0.5 / 4 / size(of);
            int draws = 10 * effective;
            int thinning = (int) Math.max(1, Math.round((1 + 2 / eta) / 10));
            double plain = cost(
                    of,
                    draws,
                    builder -> builder.preconditioner(Preconditioner.identity())
                            .curvature(Curvature.none())
                            .thinning(thinning));
            double usual = cost(of, draws, builder -> builder);
            costs[i] = Math.log(plain);
            theories[i] = Math.log(name.equals("kappa") ? values[i] : Math.sqrt(values[i]));
            table.row(
                    Integer.toString(values[i]),
                    String.format(Locale.ROOT, "%.0f", (2 * Math.exp(0.5) - 1) * (1 + 2 / eta)),
                    String.format(Locale.ROOT, "%.0f", plain),
                    String.format(Locale.ROOT, "%.1f", usual));
        }
        out.println();
        table.lines().forEach(out::println);
        out.printf(
                Locale.ROOT,
                "not scaled: %s^%.2f; kappa sqrt(d): %s^%.2f%n",
                name,
                slope(logs, costs),
                name,
                slope(logs, theories));
    }

    private static double[] variances(int d, double kappa) {
        double[] variances = new double[d];
        for (int i = 0; i < d; i++) {
            variances[i] = Math.pow(kappa, (d == 1 ? 0 : i / (d - 1.0)) - 1);
        }
        return variances;
    }

    /** Returns |H|_F. */
    private static double size(double[] variances) {
        double sum = 0;
        for (double variance : variances) {
            sum += 1 / (variance * variance);
        }
        return Math.sqrt(sum);
    }

    private static double slope(double[] x, double[] y) {
        double mx = 0;
        double my = 0;
        for (int i = 0; i < x.length; i++) {
            mx += x[i] / x.length;
            my += y[i] / x.length;
        }
        double above = 0;
        double below = 0;
        for (int i = 0; i < x.length; i++) {
            above += (x[i] - mx) * (y[i] - my);
            below += (x[i] - mx) * (x[i] - mx);
        }
        return above / below;
    }

    private static double cost(double[] variances, int draws, UnaryOperator<ProximalSamplerBuilder> configure) {
        int d = variances.length;
        ChainMoments moments = new ChainMoments(CHAINS, 2 * d);
        double[] sum = new double[1];
        configure
                .apply(ProximalSampler.builder(Density.normal(variances).gradientOnly())
                        .chains(CHAINS))
                .build()
                .draws(draws)
                .doOnNext(draw -> {
                    double[] both = new double[2 * d];
                    double[] x = draw.values();
                    for (int i = 0; i < d; i++) {
                        both[i] = x[i];
                        both[d + i] = x[i] * x[i];
                    }
                    moments.add(draw.chain(), both);
                    sum[0] += draw.statistics().gradients();
                })
                .blockLast();
        return sum[0]
                / moments.coordinates().stream()
                        .mapToDouble(Coordinate::effectiveSize)
                        .min()
                        .orElseThrow();
    }
}
