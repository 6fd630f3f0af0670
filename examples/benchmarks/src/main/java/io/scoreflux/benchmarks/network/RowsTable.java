package io.scoreflux.benchmarks.network;

import io.scoreflux.benchmarks.Figures;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.RowsPerCall;
import io.scoreflux.model.onnx.OnnxDenoiser;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The processor time of a row of the network of digits, by the number of rows in a call. */
final class RowsTable {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private RowsTable() {}

    static List<String> table(Path examples) {
        try (OnnxDenoiser network = Digits.builder(examples).open()) {
            // The first calls compile the conversions.
            measure(network);
            RowsPerCall found = measure(network);
            TextTable table = new TextTable(0, "rows", "us a row");
            for (RowsPerCall.Time time : found.times()) {
                table.row(Integer.toString(time.rows()), Figures.format("%.0f", time.nanosPerRow() / 1e3));
            }
            List<String> lines = new ArrayList<>(table.lines());
            lines.add("fastest: " + found.fastest());
            return lines;
        }
    }

    private static RowsPerCall measure(OnnxDenoiser network) {
        return RowsPerCall.measure(network, 1, null, THREADS::getCurrentThreadCpuTime);
    }
}
