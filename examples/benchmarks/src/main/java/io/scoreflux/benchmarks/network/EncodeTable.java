package io.scoreflux.benchmarks.network;

import io.scoreflux.benchmarks.Figures;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.onnx.OnnxDenoiser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Encodes held-out digits as noise and decodes them. */
final class EncodeTable {
    private static final double[] TOLERANCES = {1e-3, 1e-4, 1e-5, 1e-6};
    /** The number of digits at each tolerance. The last tolerance is the most expensive. */
    private static final int[] DIGITS = {256, 256, 256, 32};

    private EncodeTable() {}

    /** The table, for the digits themselves and for digits with the noise of the smallest level, as its states have. */
    static List<String> table(Path examples) {
        TextTable table = new TextTable(
                2,
                "tolerance",
                "from",
                "digits",
                "rms",
                "worst digit",
                "calls up",
                "calls down",
                "end / s_max",
                "statuses up; down");
        try (OnnxDenoiser network = Digits.builder(examples).open()) {
            for (int k = 0; k < TOLERANCES.length; k++) {
                HeldOut digits = HeldOut.of(examples, DIGITS[k]);
                table.row(row(network, TOLERANCES[k], "digits", digits));
                table.row(row(network, TOLERANCES[k], "with noise", digits.noised(Digits.TO_SIGMA, 1)));
            }
        }
        List<String> lines = new ArrayList<>();
        lines.add("Held-out digits to noise and back; rms of the difference per pixel");
        lines.addAll(table.lines());
        return lines;
    }

    private static String[] row(OnnxDenoiser network, double tolerance, String from, HeldOut given) {
        RoundTrip trip = RoundTrip.of(network, given, tolerance);
        return new String[] {
            Figures.format("%.0e", tolerance),
            from,
            "" + trip.up().size(),
            Figures.format("%.1e", trip.rms(given)),
            Figures.format("%.1e", trip.worst(given)),
            Figures.format("%.1f", RoundTrip.calls(trip.up())),
            Figures.format("%.1f", RoundTrip.calls(trip.down())),
            Figures.format("%.3f", trip.endRms()),
            Statuses.of(trip.up()) + "; " + Statuses.of(trip.down())
        };
    }
}
