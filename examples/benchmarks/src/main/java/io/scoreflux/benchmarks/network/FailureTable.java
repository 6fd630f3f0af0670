package io.scoreflux.benchmarks.network;

import io.scoreflux.model.onnx.OnnxDenoiser;
import io.scoreflux.model.onnx.OnnxModelException;
import io.scoreflux.state.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Tests whether rejected models and failed calls leak memory. */
final class FailureTable {
    /** The test models of the core, relative to the directory of examples. */
    private static final String MODELS = "../core/src/test/resources/onnx";

    private static final int FAILURES = 10_000;

    private FailureTable() {}

    /** Memory of the process before and after ten thousand rejected models, and before and after as many failed calls. */
    static List<String> table(Path examples) {
        Path models = examples.resolve(MODELS);
        List<String> table = new ArrayList<>();
        table.add(memory("truncated models", opening(models.resolve("broken-truncated.onnx"))));
        table.add(memory("models of another shape", opening(models.resolve("broken-other-shape.onnx"))));
        table.add(memory("models whose trial call fails", opening(models.resolve("broken-hidden-batch.onnx"))));
        Rows rows = new Rows(2, 1);
        rows.append(new double[] {400, 2}, 0, 1);
        try (OnnxDenoiser denoiser =
                OnnxDenoiser.builder(models.resolve("broken-picky.onnx")).open()) {
            table.add(memory("calls that fail", () -> denoiser.denoise(rows, new double[2])));
        }
        return table;
    }

    private static Runnable opening(Path model) {
        return () -> OnnxDenoiser.builder(model).open().close();
    }

    private static String memory(String what, Runnable failing) {
        for (int i = 0; i < FAILURES / 10; i++) {
            fail(failing);
        }
        System.gc();
        double before = residentMegabytes();
        for (int i = 0; i < FAILURES; i++) {
            fail(failing);
        }
        System.gc();
        return String.format(
                Locale.ROOT, "%d %s: %.1f MB before, %.1f MB after", FAILURES, what, before, residentMegabytes());
    }

    private static void fail(Runnable failing) {
        try {
            failing.run();
        } catch (OnnxModelException expected) {
            return;
        }
        throw new IllegalStateException("nothing failed");
    }

    /** The resident memory of this process, on Linux. */
    private static double residentMegabytes() {
        for (String line : status()) {
            if (line.startsWith("VmRSS:")) {
                return Double.parseDouble(line.replaceAll("\\D+", "")) / 1024;
            }
        }
        throw new IllegalStateException("no VmRSS");
    }

    private static List<String> status() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
