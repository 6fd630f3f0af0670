package io.scoreflux.benchmarks.network;

import io.scoreflux.Encoded;
import io.scoreflux.Likelihood;
import io.scoreflux.benchmarks.Figures;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.internal.Kernels;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.onnx.OnnxDenoiser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Compares probes with the exact trace of the network's Jacobian. */
final class TraceTable {
    private static final int PROBES = 128;
    private static final double TOLERANCE = 1e-3;
    /**
     * The step of a coordinate's difference, in units of the noise level. It is longer than that of probes, because only one number
     * changes.
     */
    private static final double STEP = 0.02;

    private static final double[] LEVELS = {0.003, 0.05, 0.5, 5};
    /** Each log-density covers the range from a level to this multiple of it. */
    private static final double RATIO = 1.1;

    private TraceTable() {}

    /** The mean of tr dD/dz over a short part of the noise range, for a held-out digit with the noise of the lower end. */
    static List<String> table(Path examples) {
        HeldOut digit = HeldOut.of(examples, 1);
        TextTable table = new TextTable(0, "sigma", "calls", "trace", PROBES + " probes", "their se", "off in se");
        try (OnnxDenoiser network = Digits.builder(examples).open()) {
            Denoiser traced = new CoordinateDivergence(network, STEP);
            for (double level : LEVELS) {
                HeldOut state = digit.noised(level, 1);
                HeldOut.Way way = new HeldOut.Way(RATIO * level, level, TOLERANCE);
                Encoded exact = state.run(
                                traced, way, true, 0, (sampler, rows) -> sampler.likelihood(rows, Likelihood.exact()))
                        .get(0);
                Encoded probed = state.run(
                                network,
                                way,
                                true,
                                0,
                                (sampler, rows) -> sampler.likelihood(rows, Likelihood.probes(PROBES)))
                        .get(0);
                double trace = trace(exact, way);
                double estimate = trace(probed, way);
                double error = probed.standardError().orElseThrow() / StrictMath.log(RATIO);
                table.row(
                        "" + level,
                        "" + exact.sample().certificate().calls(),
                        Figures.format("%.2f", trace),
                        Figures.format("%.2f", estimate),
                        Figures.format("%.2f", error),
                        Figures.format("%.1f", (estimate - trace) / error));
            }
        }
        List<String> lines = new ArrayList<>();
        lines.add("tr dD/dz, of 784, in the mean over ln sigma from a level to " + RATIO + " of it");
        lines.addAll(table.lines());
        return lines;
    }

    /** From {@code ln p(x) = ln p(z) + int (d - tr dD/dz) dln sigma}, where the distribution at the end is N(0, s^2 I). */
    private static double trace(Encoded found, HeldOut.Way way) {
        double s = way.fromSigma();
        double[] z = found.sample().values();
        double end = -0.5 * Kernels.dot(z, 0, z, 0, z.length) / (s * s)
                - 0.5 * z.length * StrictMath.log(2 * Math.PI * s * s);
        return z.length + (end - found.logDensity()) / StrictMath.log(way.fromSigma() / way.toSigma());
    }
}
