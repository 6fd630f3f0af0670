package io.scoreflux.benchmarks.network;

import ai.onnxruntime.OrtException;
import io.scoreflux.model.onnx.OnnxDenoiser;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;
import io.scoreflux.state.Rows;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The overhead of {@link OnnxDenoiser} over ONNX Runtime. */
final class Throughput {
    private static final int ROUNDS = 41;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private Throughput() {}

    static List<String> table(Path examples) {
        return List.of(line(examples, 1), line(examples, 64), line(examples, 256));
    }

    /**
     * The median ratio of the calls per second of processor time with the denoiser to those with ONNX Runtime alone. The two take turns of calls with
     * 256 rows together.
     */
    private static String line(Path examples, int batch) {
        int calls = Math.max(1, 256 / batch);
        Rows rows = rows(batch);
        double[] out = new double[batch * rows.dimension()];
        double[] ratios = new double[ROUNDS];
        double[] seconds = new double[ROUNDS];
        try (BareSession bare = new BareSession(Digits.network(examples), rows);
                OnnxDenoiser denoiser = Digits.builder(examples).open()) {
            for (int round = -3; round < ROUNDS; round++) {
                long start = THREADS.getCurrentThreadCpuTime();
                for (int i = 0; i < calls; i++) {
                    bare.run();
                }
                long middle = THREADS.getCurrentThreadCpuTime();
                for (int i = 0; i < calls; i++) {
                    denoiser.denoise(rows, out);
                }
                long end = THREADS.getCurrentThreadCpuTime();
                if (round >= 0) {
                    ratios[round] = (double) (middle - start) / (end - middle);
                    seconds[round] = (end - middle) / 1e9 / calls;
                }
            }
            if (out[5] != bare.answer(5)) {
                throw new IllegalStateException("the two ways differ: " + out[5] + " and " + bare.answer(5));
            }
        } catch (OrtException e) {
            throw new IllegalStateException("the bare session failed", e);
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

    /** Random states at increasing noise levels. */
    static Rows rows(int count) {
        NormalStream normals = new NoiseSource(1).normals(Purpose.START, 0);
        double[] z = new double[Digits.DIMENSION];
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
}
