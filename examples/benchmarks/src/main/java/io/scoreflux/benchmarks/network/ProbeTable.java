package io.scoreflux.benchmarks.network;

import io.scoreflux.Encoded;
import io.scoreflux.Likelihood;
import io.scoreflux.benchmarks.Figures;
import io.scoreflux.cli.compare.TextTable;
import io.scoreflux.model.onnx.OnnxDenoiser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hipparchus.distribution.continuous.TDistribution;

/** Whether the standard errors of log-densities by probes are those of their spread over seeds. */
final class ProbeTable {
    private static final int DIGITS = 4;
    private static final double TOLERANCE = 1e-3;
    /** Runs of each number of probes, with seeds of their own. */
    private static final Map<Integer, Integer> RUNS = new LinkedHashMap<>();

    static {
        RUNS.put(8, 16);
        RUNS.put(32, 4);
        RUNS.put(128, 1);
    }

    private ProbeTable() {}

    /** The spread of estimates of a few digits beside their standard errors, and how many are off by 2 and 3 of them. */
    static List<String> table(Path examples) {
        HeldOut digits = HeldOut.of(examples, DIGITS).dequantised(1);
        Map<Integer, List<List<Encoded>>> found = new LinkedHashMap<>();
        try (OnnxDenoiser network = Digits.builder(examples).open()) {
            long seed = 0;
            for (Map.Entry<Integer, Integer> one : RUNS.entrySet()) {
                List<List<Encoded>> runs = new ArrayList<>();
                for (int k = 0; k < one.getValue(); k++) {
                    Likelihood how = Likelihood.probes(one.getKey());
                    runs.add(digits.run(
                            network,
                            HeldOut.Way.whole(TOLERANCE),
                            true,
                            seed++,
                            (sampler, rows) -> sampler.likelihood(rows, how)));
                }
                found.put(one.getKey(), runs);
            }
        }
        double[] means = means(found);
        TextTable table = new TextTable(
                0,
                "probes",
                "estimates",
                "rms off the mean",
                "rms se",
                "ratio",
                "off by 2 se",
                "Student",
                "by 3 se",
                "Student");
        found.forEach((probes, runs) -> table.row(row(probes, runs, means)));
        List<String> lines = new ArrayList<>();
        lines.add("ln p in nats of " + DIGITS + " digits, dequantised, tolerance 1e-3, against the mean of all runs");
        lines.addAll(table.lines());
        return lines;
    }

    /** Of each digit, by all probes alike. */
    private static double[] means(Map<Integer, List<List<Encoded>>> found) {
        double[] means = new double[DIGITS];
        int all = 0;
        for (Map.Entry<Integer, List<List<Encoded>>> one : found.entrySet()) {
            for (List<Encoded> run : one.getValue()) {
                all += one.getKey();
                for (int k = 0; k < DIGITS; k++) {
                    means[k] += one.getKey() * run.get(k).logDensity();
                }
            }
        }
        for (int k = 0; k < DIGITS; k++) {
            means[k] /= all;
        }
        return means;
    }

    private static String[] row(int probes, List<List<Encoded>> runs, double[] means) {
        double squares = 0;
        double errors = 0;
        int two = 0;
        int three = 0;
        int count = runs.size() * DIGITS;
        for (List<Encoded> run : runs) {
            for (int k = 0; k < DIGITS; k++) {
                double off = run.get(k).logDensity() - means[k];
                double error = run.get(k).standardError().orElseThrow();
                squares += off * off / count;
                errors += error * error / count;
                two += Math.abs(off) > 2 * error ? 1 : 0;
                three += Math.abs(off) > 3 * error ? 1 : 0;
            }
        }
        TDistribution student = new TDistribution(probes - 1);
        return new String[] {
            "" + probes,
            "" + count,
            Figures.format("%.2f", Math.sqrt(squares)),
            Figures.format("%.2f", Math.sqrt(errors)),
            Figures.format("%.2f", Math.sqrt(squares / errors)),
            Figures.format("%.1f %%", 100.0 * two / count),
            Figures.format("%.1f %%", 200 * student.cumulativeProbability(-2)),
            Figures.format("%.1f %%", 100.0 * three / count),
            Figures.format("%.1f %%", 200 * student.cumulativeProbability(-3))
        };
    }
}
