package io.scoreflux.benchmarks.expectation;

import io.scoreflux.Estimate;
import io.scoreflux.Expectation;
import io.scoreflux.ExpectationBuilder;
import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.Statistic;
import io.scoreflux.benchmarks.Figures;
import io.scoreflux.benchmarks.network.Digits;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.targets.Targets;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Condition;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The expected ink of the digits that the trained network draws, for each label and without one, beside the mean ink of real digits. Ink is the
 * sum of the pixels, from 0 (paper) to 1 (ink).
 */
final class InkTable {
    private static final double TOLERANCE = 3e-3;
    /** Levels pay off for narrow intervals, because their pilot costs as much as several hundred samples. */
    private static final double[] LEVELS = {1e-1, 1e-2, 1e-3};

    private static final double NARROW = 0.02;
    private static final int STAGES = 4;

    private InkTable() {}

    /**
     * Returns the table.
     *
     * @param relative the half-width, relative to the mean ink of the real digits
     * @param labels the labels, with "any" for none
     */
    static List<String> lines(Path examples, double relative, List<String> labels) {
        TextTable table = new TextTable(
                1,
                "digit",
                "real: mean ink",
                "std error",
                "network: E ink",
                "half-width",
                "bias bound",
                "samples",
                "effective",
                "calls");
        List<Digits.Digit> digits = Digits.heldOut(examples);
        try (Target target = Targets.find(examples.resolve("digits/digits.json").toString())) {
            for (String label : labels) {
                double[] real = digits.stream()
                        .filter(digit -> label.equals("any") || label.equals(Integer.toString(digit.label())))
                        .mapToDouble(digit -> ink(digit.pixels()))
                        .toArray();
                double mean = Arrays.stream(real).average().orElseThrow();
                double squares =
                        Arrays.stream(real).map(x -> (x - mean) * (x - mean)).sum();
                Estimate estimate = estimate(target, label, relative * mean, relative < NARROW);
                Estimate.Value value = estimate.values().get(0);
                table.row(
                        label,
                        Figures.format("%.1f", mean),
                        Figures.format("%.1f", Math.sqrt(squares / (real.length - 1) / real.length)),
                        Figures.format("%.2f", value.value()),
                        Figures.format("%.2f", value.halfWidth()),
                        Figures.format("%.2f", value.bias().orElse(Double.NaN)),
                        Long.toString(estimate.samples()),
                        Figures.format("%.0f", value.effectiveSamples()),
                        Long.toString(estimate.calls()));
            }
        }
        return table.lines();
    }

    private static Estimate estimate(Target target, String label, double within, boolean levels) {
        SamplerBuilder builder = Sampler.builder(target.denoiser())
                .noiseRange(target.fromSigma(), target.toSigma())
                .stages(STAGES)
                .solver(new Sliding(TOLERANCE));
        if (!label.equals("any")) {
            builder.condition(new Condition(Integer.parseInt(label)));
        }
        // The gradient of ink has the length sqrt(784) / 2.
        ExpectationBuilder expectation = Expectation.builder(builder.build())
                .statistic(Statistic.of(InkTable::ink).lipschitz((double) Digits.SIDE / 2))
                .within(within);
        if (levels) {
            expectation.levels(LEVELS);
        }
        return Objects.requireNonNull(expectation.build().estimate().block());
    }

    /** The ink of an image with pixels from -1 to 1. */
    private static double ink(double[] pixels) {
        double sum = 0;
        for (double pixel : pixels) {
            sum += (pixel + 1) / 2;
        }
        return sum;
    }
}
