package io.scoreflux.benchmarks.network;

import ai.onnxruntime.OrtException;
import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.model.onnx.OnnxDenoiser;
import io.scoreflux.model.onnx.OnnxModelException;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/** Prints the tables of trained networks; the arguments are the directory of examples and any of: calls, floor, failures. */
public final class NetworkBenchmarks {
    /** Of the digits. */
    private static final double RADIUS = 14.516;

    /** The models of the core's specifications. */
    private static final String MODELS = "../core/src/test/resources/onnx";

    private static final int ROUNDS = 21;
    private static final int FAILURES = 10_000;
    private static final int SAMPLES = 16;
    private static final double[] TOLERANCES = {1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-11};

    private NetworkBenchmarks() {}

    /** Runs what is asked for, or all. */
    public static void main(String[] args) throws OrtException, IOException {
        Path model = Path.of(args[0]).resolve("digits/digits.onnx");
        List<String> chosen = args.length < 2 || args[1].equals("all")
                ? List.of("calls", "floor", "failures")
                : List.of(args).subList(1, args.length);
        for (String name : chosen) {
            System.out.println(name);
            List<String> lines = switch (name) {
                case "calls" -> List.of(calls(model, 64), calls(model, 256));
                case "floor" -> floor(model);
                case "failures" -> failures(Path.of(args[0]).resolve(MODELS));
                default ->
                    throw new IllegalArgumentException("unknown table '" + name + "'; give calls, floor, failures");
            };
            lines.forEach(System.out::println);
            System.out.println();
        }
    }

    /** Calls a second through the denoiser over those of ONNX Runtime alone, in turns of some calls each; the median of the ratios. */
    private static String calls(Path model, int batch) throws OrtException {
        int calls = Math.max(1, 1024 / batch);
        Rows rows = rows(batch);
        double[] out = new double[batch * rows.dimension()];
        double[] ratios = new double[ROUNDS];
        double[] seconds = new double[ROUNDS];
        try (BareSession bare = new BareSession(model, rows);
                OnnxDenoiser denoiser =
                        OnnxDenoiser.builder(model).label("label", 10).open()) {
            for (int round = -3; round < ROUNDS; round++) {
                long start = System.nanoTime();
                for (int i = 0; i < calls; i++) {
                    bare.run();
                }
                long middle = System.nanoTime();
                for (int i = 0; i < calls; i++) {
                    denoiser.denoise(rows, out);
                }
                long end = System.nanoTime();
                if (round >= 0) {
                    ratios[round] = (double) (middle - start) / (end - middle);
                    seconds[round] = (end - middle) / 1e9 / calls;
                }
            }
            if (out[5] != bare.answer(5)) {
                throw new IllegalStateException("the two ways differ: " + out[5] + " and " + bare.answer(5));
            }
        }
        Arrays.sort(ratios);
        Arrays.sort(seconds);
        return String.format(
                Locale.ROOT,
                "%d rows: %.1f ms a call, ratio to the bare session %.3f (%.3f to %.3f in the middle half)",
                batch,
                1e3 * seconds[ROUNDS / 2],
                ratios[ROUNDS / 2],
                ratios[ROUNDS / 4],
                ratios[3 * ROUNDS / 4]);
    }

    private static Rows rows(int count) {
        NormalStream normals = new NoiseSource(1).normals(Purpose.START, 0);
        double[] z = new double[784];
        Rows rows = new Rows(z.length, count);
        for (int row = 0; row < count; row++) {
            double sigma = 0.01 * (row + 1);
            normals.fill(z, 0, z.length);
            for (int i = 0; i < z.length; i++) {
                z[i] *= sigma;
            }
            rows.append(z, 0, sigma);
        }
        return rows;
    }

    /** What sliding does at ever smaller tolerances; the true error is the distance from the ends at 1e-9, which has the floor's noise too. */
    private static List<String> floor(Path model) {
        List<List<Sample>> runs = new ArrayList<>();
        try (OnnxDenoiser denoiser = OnnxDenoiser.builder(model)
                .label("label", 10)
                .fixedRows(SAMPLES)
                .open()) {
            for (double tolerance : TOLERANCES) {
                runs.add(Objects.requireNonNull(Sampler.builder(denoiser)
                        .radius(RADIUS)
                        .noiseRange(80, 0.002)
                        .solver(new Sliding(tolerance))
                        .build()
                        .samples(0, SAMPLES)
                        .collectList()
                        .block()));
            }
        }
        List<String> table = new ArrayList<>();
        for (int i = 0; i < TOLERANCES.length; i++) {
            List<Sample> run = runs.get(i);
            String statuses = run.stream()
                    .map(sample -> sample.certificate().status().toString())
                    .distinct()
                    .sorted()
                    .collect(Collectors.joining(", "));
            table.add(String.format(
                    Locale.ROOT,
                    "tolerance %.0e: %.1f calls, %s, error by the certificates %.1e, by the ends %.1e of the radius",
                    TOLERANCES[i],
                    run.stream()
                            .mapToLong(sample -> sample.certificate().calls())
                            .average()
                            .orElseThrow(),
                    statuses,
                    run.stream()
                            .mapToDouble(sample -> sample.certificate().error().orElseThrow())
                            .average()
                            .orElseThrow(),
                    distance(run, runs.get(7))));
        }
        return table;
    }

    private static double distance(List<Sample> some, List<Sample> others) {
        double squares = 0;
        for (int k = 0; k < some.size(); k++) {
            double[] a = some.get(k).values();
            double[] b = others.get(k).values();
            for (int i = 0; i < a.length; i++) {
                squares += (a[i] - b[i]) * (a[i] - b[i]);
            }
        }
        return Math.sqrt(squares / some.size()) / RADIUS;
    }

    /** Memory of the process before and after ten thousand models that are refused, and as many calls that fail. */
    private static List<String> failures(Path models) throws IOException {
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

    private static String memory(String what, Runnable failing) throws IOException {
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

    /** Memory of this process, as Linux tells it. */
    private static double residentMegabytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Double.parseDouble(line.replaceAll("\\D+", "")) / 1024;
            }
        }
        throw new IOException("no VmRSS");
    }
}
