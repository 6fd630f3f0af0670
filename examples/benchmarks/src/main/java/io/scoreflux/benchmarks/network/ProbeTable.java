package io.scoreflux.benchmarks.network;

import io.scoreflux.Encoded;
import io.scoreflux.Likelihood;
import io.scoreflux.benchmarks.Figures;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.onnx.OnnxDenoiser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.hipparchus.distribution.continuous.TDistribution;

/** Compares the standard errors of log-densities by probes with their spread over seeds. */
final class ProbeTable {
    private static final int DIGITS = 4;
    private static final int PROBES = 8;
    private static final int SEEDS = 16;
    private static final double TOLERANCE = 1e-3;

    private ProbeTable() {}

    /**
     * The spread of the estimates of a few digits, their standard errors, and the number of estimates that are off by 2 and 3 standard
     * errors.
     */
    static List<String> table(Path examples) {
        HeldOut digits = HeldOut.of(examples, DIGITS).dequantised(1);
        List<List<Encoded>> runs = new ArrayList<>();
        try (OnnxDenoiser network = Digits.builder(examples).open()) {
            for (int seed = 0; seed < SEEDS; seed++) {
                runs.add(digits.run(
                        network,
                        HeldOut.Way.whole(TOLERANCE),
                        true,
                        seed,
                        (sampler, rows) -> sampler.likelihood(rows, Likelihood.probes(PROBES))));
            }
        }
        TextTable table = new TextTable(
                0,
                "probes",
                "estimates",
                "spread",
                "rms se",
                "off by 2 se",
                "Student expects",
                "by 3 se",
                "Student expects");
        table.row(row(runs));
        List<String> lines = new ArrayList<>();
        lines.add("ln p in nats of " + DIGITS + " digits, dequantised, each with " + SEEDS + " seeds; tolerance 1e-3");
        lines.addAll(table.lines());
        return lines;
    }

    private static String[] row(List<List<Encoded>> runs) {
        double squares = 0;
        double errors = 0;
        int two = 0;
        int three = 0;
        int count = SEEDS * DIGITS;
        for (int k = 0; k < DIGITS; k++) {
            int digit = k;
            double mean = runs.stream()
                    .mapToDouble(run -> run.get(digit).logDensity())
                    .average()
                    .orElseThrow();
            for (List<Encoded> run : runs) {
                // The mean contains the estimate itself.
                double off = (run.get(k).logDensity() - mean) * Math.sqrt(SEEDS / (SEEDS - 1.0));
                double error = run.get(k).standardError().orElseThrow();
                squares += off * off / count;
                errors += error * error / count;
                two += Math.abs(off) > 2 * error ? 1 : 0;
                three += Math.abs(off) > 3 * error ? 1 : 0;
            }
        }
        TDistribution student = new TDistribution(PROBES - 1);
        return new String[] {
            "" + PROBES,
            "" + count,
            Figures.format("%.2f", Math.sqrt(squares)),
            Figures.format("%.2f", Math.sqrt(errors)),
            "" + two,
            Figures.format("%.1f", 2 * count * student.cumulativeProbability(-2)),
            "" + three,
            Figures.format("%.1f", 2 * count * student.cumulativeProbability(-3))
        };
    }
}
