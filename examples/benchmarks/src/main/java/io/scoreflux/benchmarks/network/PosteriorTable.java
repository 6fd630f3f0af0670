package io.scoreflux.benchmarks.network;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.benchmarks.Figures;
import io.scoreflux.benchmarks.network.Digits.Digit;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.files.targets.Inputs;
import io.scoreflux.internal.Kernels;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.Observation;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.posterior.Posterior;
import io.scoreflux.posterior.PosteriorSummary;
import io.scoreflux.solve.sliding.Sliding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Reconstructs held-out digits from averages of the upper half, or from a blurred image. The posterior is that of the network's own prior, so that
 * the agreement with the true digit measures the network as well as the sampling.
 */
final class PosteriorTable {
    private static final int ISLANDS = 8;
    private static final int PARTICLES = 256;
    private static final int APPROXIMATE = 16;
    private static final double TOLERANCE = 1e-2;
    /** The digit of each class, in the order of the file. */
    private static final int CHOSEN = 7;

    private static final int HALF = Digits.SIDE / 2;
    /** The side of the blocks of pixels whose averages are known, and the distance of the points at which the blurred image is known. */
    private static final int BLOCK = 7;
    /** The standard deviation of the blur, in pixels. */
    private static final double BLUR = 3.5;

    private static final double NOISE = 0.1;
    private static final double TO_SIGMA = 0.04;

    private PosteriorTable() {}

    /**
     * What is known of an image.
     *
     * @param averages the observed averages, each as the weights of the pixels
     * @param from the first pixel that is compared with the true image
     */
    private record Seen(List<double[]> averages, int from) {
        /** The averages of eight blocks of the upper half. */
        static Seen upperHalf() {
            List<double[]> rows = new ArrayList<>();
            for (int top = 0; top < HALF; top += BLOCK) {
                for (int left = 0; left < Digits.SIDE; left += BLOCK) {
                    double[] row = new double[Digits.DIMENSION];
                    for (int i = 0; i < BLOCK * BLOCK; i++) {
                        row[(top + i / BLOCK) * Digits.SIDE + left + i % BLOCK] = 1.0 / (BLOCK * BLOCK);
                    }
                    rows.add(row);
                }
            }
            return new Seen(rows, HALF * Digits.SIDE);
        }

        /** The image through a Gaussian blur, at 4 x 4 points. */
        static Seen blurred() {
            List<double[]> rows = new ArrayList<>();
            for (double y = 0.5 * (BLOCK - 1); y < Digits.SIDE; y += BLOCK) {
                for (double x = 0.5 * (BLOCK - 1); x < Digits.SIDE; x += BLOCK) {
                    double[] row = new double[Digits.DIMENSION];
                    for (int i = 0; i < row.length; i++) {
                        int top = i / Digits.SIDE;
                        int left = i % Digits.SIDE;
                        double distance = Math.hypot(top - y, left - x) / BLUR;
                        row[i] = Math.exp(-0.5 * distance * distance);
                    }
                    double sum = Arrays.stream(row).sum();
                    rows.add(Arrays.stream(row).map(weight -> weight / sum).toArray());
                }
            }
            return new Seen(rows, 0);
        }

        /** Observes a digit with noise. */
        Observation of(Digit digit) {
            double[] values = new double[averages.size()];
            new NoiseSource(1).normals(Purpose.START, digit.label()).fill(values, 0, values.length);
            for (int i = 0; i < values.length; i++) {
                values[i] = NOISE * values[i] + Kernels.dot(averages.get(i), 0, digit.pixels(), 0, Digits.DIMENSION);
            }
            return Observation.linear(averages.toArray(double[][]::new), values, NOISE);
        }
    }

    static List<String> upperHalf(Path examples) {
        return table(examples, Seen.upperHalf());
    }

    static List<String> blurred(Path examples) {
        return table(examples, Seen.blurred());
    }

    private static List<String> table(Path examples, Seen seen) {
        TextTable table = new TextTable(
                1,
                "digit",
                "read as it",
                "approx.",
                "rms hidden",
                "approx.",
                "sd ln Z",
                "R-hat",
                "least ESS",
                "ancestors",
                "calls / particle",
                "calls",
                "warnings");
        Reading reading = new Reading(examples);
        reading.digits.forEach(digit -> reading.row(table, digit, seen));
        return table.lines();
    }

    /** The network, the reader, and one digit of each class on which the reader is not trained. */
    private static final class Reading {
        private final Denoiser network;
        private final DigitReader reader;
        private final List<Digit> digits;

        Reading(Path examples) {
            List<Digit> real = Digits.heldOut(examples);
            digits = IntStream.range(0, Digits.CLASSES)
                    .mapToObj(label -> real.stream()
                            .filter(digit -> digit.label() == label)
                            .skip(CHOSEN)
                            .findFirst()
                            .orElseThrow())
                    .toList();
            reader = DigitReader.of(
                    real.stream().filter(digit -> !digits.contains(digit)).toList());
            network = Inputs.denoiser(examples.resolve("digits/digits.json").toString());
        }

        void row(TextTable table, Digit digit, Seen seen) {
            Observation observation = seen.of(digit);
            Posterior posterior = Posterior.builder(network, observation)
                    .noiseRange(Digits.FROM_SIGMA, TO_SIGMA)
                    .particles(PARTICLES)
                    .build();
            PosteriorSummary summary =
                    Objects.requireNonNull(posterior.summary(ISLANDS).block());
            long pilot = Objects.requireNonNull(posterior.pilotCalls().block());
            List<double[]> others = Objects.requireNonNull(Sampler.builder(observation.of(network))
                            .noiseRange(Digits.FROM_SIGMA, TO_SIGMA)
                            .solver(new Sliding(TOLERANCE))
                            .build()
                            .samples(0, APPROXIMATE)
                            .collectList()
                            .block())
                    .stream()
                    .map(Sample::values)
                    .toList();
            ToDoubleFunction<double[]> right = x -> reader.read(x) == digit.label() ? 1 : 0;
            double[] mean = new double[Digits.DIMENSION];
            double[] other = new double[Digits.DIMENSION];
            for (int i = 0; i < mean.length; i++) {
                int pixel = i;
                mean[i] = summary.mean(i).value();
                other[i] = others.stream().mapToDouble(x -> x[pixel]).average().orElseThrow();
            }
            table.row(
                    String.valueOf(digit.label()),
                    Figures.format("%.2f", summary.expectation(right, 0.95).value()),
                    Figures.format(
                            "%.2f", others.stream().mapToDouble(right).average().orElseThrow()),
                    Figures.format("%.2f", hidden(digit, mean, seen.from())),
                    Figures.format("%.2f", hidden(digit, other, seen.from())),
                    Figures.format("%.2f", summary.sdLogEvidence()),
                    Figures.format("%.2f", summary.rHat()),
                    Figures.format("%.2f", summary.leastEffective()),
                    String.valueOf(summary.leastAncestors()),
                    Figures.format("%.0f", (double) summary.calls() / ISLANDS / PARTICLES),
                    String.valueOf(summary.calls() + pilot),
                    String.valueOf(summary.warnings().size()));
        }

        /** The root mean square error of the pixels from an index on. */
        private static double hidden(Digit digit, double[] mean, int first) {
            int count = Digits.DIMENSION - first;
            return Math.sqrt(Kernels.squaredDistance(digit.pixels(), first, mean, first, count) / count);
        }
    }
}
