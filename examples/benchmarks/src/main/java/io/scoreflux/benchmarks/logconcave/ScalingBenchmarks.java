package io.scoreflux.benchmarks.logconcave;

import io.scoreflux.benchmarks.PowerLaw;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.logconcave.ChainMoments;
import io.scoreflux.logconcave.ChainMoments.Coordinate;
import io.scoreflux.logconcave.Curvature;
import io.scoreflux.logconcave.Preconditioner;
import io.scoreflux.logconcave.ProximalSampler;
import io.scoreflux.logconcave.ProximalSamplerBuilder;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
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
        sweep("kappa", 1, new int[] {3, 10, 30, 100}, effective, kappa -> variances(10, kappa), out);
        sweep("d", 0.5, new int[] {5, 10, 20, 40, 80}, effective, d -> variances(d, 1), out);
    }

    /**
     * Prints the costs for some values of a parameter, and the exponents of a power law.
     *
     * @param theory the exponent of the parameter in kappa sqrt(d)
     */
    private static void sweep(
            String name, double theory, int[] values, int effective, IntFunction<double[]> variances, PrintStream out) {
        TextTable table = new TextTable(1, name, "step rule", "not scaled", "default");
        List<Double> costs = new ArrayList<>();
        for (int value : values) {
            double[] of = variances.apply(value);
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
            costs.add(plain);
            table.row(
                    Integer.toString(value),
                    String.format(Locale.ROOT, "%.0f", (2 * Math.exp(0.5) - 1) * (1 + 2 / eta)),
                    String.format(Locale.ROOT, "%.0f", plain),
                    String.format(Locale.ROOT, "%.1f", usual));
        }
        out.println();
        table.lines().forEach(out::println);
        PowerLaw law =
                PowerLaw.fit(Arrays.stream(values).asDoubleStream().boxed().toList(), costs);
        out.printf(Locale.ROOT, "not scaled: %s^%.2f; kappa sqrt(d): %s^%.2f%n", name, law.exponent(), name, theory);
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
                    moments.add(draw.chain(), RegressionBenchmarks.both(draw.values()));
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
