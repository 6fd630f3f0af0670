package io.scoreflux.benchmarks.network;

import io.scoreflux.Encoded;
import io.scoreflux.Likelihood;
import io.scoreflux.benchmarks.Figures;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.onnx.OnnxDenoiser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Bits per dimension of held-out digits with uniform noise of one grey level. They are an upper bound on those of the grey levels. */
final class BitsTable {
    private static final int DIGITS = 256;
    private static final int FEWER = 32;
    private static final int PROBES = 2;
    private static final double TOLERANCE = 1e-3;
    private static final double TIGHTER = 1e-4;

    private BitsTable() {}

    /**
     * The table: bits given the class, and for fewer digits also without the class and at a smaller tolerance, with the differences digit
     * by digit for the same probes.
     */
    static List<String> table(Path examples) {
        HeldOut many = HeldOut.of(examples, DIGITS).dequantised(1);
        HeldOut few = HeldOut.of(examples, FEWER).dequantised(1);
        TextTable table = new TextTable(
                1, "", "digits", "tolerance", "bits / dimension", "se over digits", "of it by probes", "ln p", "calls");
        try (OnnxDenoiser network = Digits.builder(examples).open()) {
            table.row(row("given the class", TOLERANCE, run(network, many, TOLERANCE, true)));
            List<Encoded> given = run(network, few, TOLERANCE, true);
            table.row(row("given the class", TOLERANCE, given));
            List<Encoded> any = run(network, few, TOLERANCE, false);
            table.row(row("any class", TOLERANCE, any));
            table.row(difference("any - given", TOLERANCE, any, given));
            List<Encoded> tighter = run(network, few, TIGHTER, true);
            table.row(row("given the class", TIGHTER, tighter));
            table.row(difference("tighter - looser", TIGHTER, tighter, given));
        }
        List<String> lines = new ArrayList<>();
        lines.add(PROBES + " probes; ln p in nats");
        lines.addAll(table.lines());
        return lines;
    }

    private static List<Encoded> run(OnnxDenoiser network, HeldOut digits, double tolerance, boolean labelled) {
        return digits.run(
                network,
                HeldOut.Way.whole(tolerance),
                labelled,
                0,
                (sampler, rows) -> sampler.likelihood(rows, Likelihood.probes(PROBES)));
    }

    private static double[] bits(List<Encoded> found) {
        return found.stream()
                .mapToDouble(one -> one.bitsPerDimension(1 / HeldOut.LEVEL))
                .toArray();
    }

    private static String[] row(String what, double tolerance, List<Encoded> found) {
        Mean mean = Mean.of(bits(found));
        // The squares of the standard errors of single digits add up. Division by d ln 2 converts ln p to bits per
        // dimension.
        double squares = found.stream()
                .mapToDouble(one -> one.standardError().orElseThrow())
                .map(error -> error * error)
                .sum();
        double ofProbes = Math.sqrt(squares) / found.size() / Digits.DIMENSION / StrictMath.log(2);
        return new String[] {
            what,
            "" + found.size(),
            Figures.format("%.0e", tolerance),
            Figures.format("%.4f", mean.value()),
            Figures.format("%.4f", mean.standardError()),
            Figures.format("%.4f", ofProbes),
            Figures.format(
                    "%.1f",
                    found.stream().mapToDouble(Encoded::logDensity).average().orElseThrow()),
            Figures.format(
                    "%.0f",
                    found.stream()
                            .mapToLong(one -> one.sample().certificate().calls())
                            .average()
                            .orElseThrow())
        };
    }

    private static String[] difference(String what, double tolerance, List<Encoded> some, List<Encoded> others) {
        double[] a = bits(some);
        double[] b = bits(others);
        Mean mean = Mean.of(
                IntStream.range(0, a.length).mapToDouble(k -> a[k] - b[k]).toArray());
        return new String[] {
            what,
            "" + a.length,
            Figures.format("%.0e", tolerance),
            Figures.format("%.4f", mean.value()),
            Figures.format("%.4f", mean.standardError()),
            "",
            "",
            ""
        };
    }
}
