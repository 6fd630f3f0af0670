package io.scoreflux.benchmarks.network;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.model.onnx.OnnxDenoiser;
import io.scoreflux.solve.sliding.Sliding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** The noise floor of a network in single precision. */
final class FloorTable {
    private static final int SAMPLES = 16;
    private static final double[] TOLERANCES = {1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-11};

    private FloorTable() {}

    /**
     * Runs sliding at decreasing tolerances. The true error is the distance from the end states at 1e-9, which also have the noise of the
     * floor.
     */
    static List<String> table(Path examples) {
        List<List<Sample>> runs = new ArrayList<>();
        try (OnnxDenoiser denoiser = Digits.builder(examples).fixedRows(SAMPLES).open()) {
            for (double tolerance : TOLERANCES) {
                runs.add(Objects.requireNonNull(Sampler.builder(denoiser)
                        .radius(Digits.RADIUS)
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
            table.add(String.format(
                    Locale.ROOT,
                    "tolerance %.0e: %.1f calls, %s, error by the certificates %.1e, by the ends %.1e of the radius",
                    TOLERANCES[i],
                    run.stream()
                            .mapToLong(sample -> sample.certificate().calls())
                            .average()
                            .orElseThrow(),
                    Statuses.of(run),
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
        return Math.sqrt(squares / some.size()) / Digits.RADIUS;
    }
}
