package io.scoreflux.benchmarks.network;

import io.scoreflux.benchmarks.Figures;
import io.scoreflux.benchmarks.network.Digits.Digit;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.onnx.OnnxDenoiser;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.sliding.Sliding;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Measures whether generated digits are readable, and whether they have the distribution of real ones. */
final class QualityTable {
    static final DigitSource UNGUIDED = DigitSource.sliding("sliding at 1e-3", 1e-3, 1);
    static final DigitSource GUIDED = DigitSource.sliding("sliding at 1e-3, guidance 2", 1e-3, 2);
    /** Separates errors of the solver from those of the network. */
    static final DigitSource FINER = DigitSource.sliding("sliding at 1e-5", 1e-5, 1);
    /** Two sources that must have worse results. */
    static final DigitSource FEW_STEPS =
            new DigitSource("euler, 5 steps", new FixedStep(Scheme.EULER, 5), 1, Digits.TO_SIGMA);

    static final DigitSource STOPPED = new DigitSource("stopped at sigma 0.5", new Sliding(1e-3), 1, 0.5);

    private static final int PER_CLASS = 120;
    private static final int SPLITS = 20;
    private static final long SEED = 0;
    /** Seeds of further digits of one source, which show the variation of the results with the choice of digits. */
    private static final List<Long> OTHER_SEEDS = List.of(1L, 2L);

    private QualityTable() {}

    static List<String> table(Path examples) {
        List<Digit> real = Digits.heldOut(examples);
        DigitReader reader = DigitReader.of(real);
        TextTable table = new TextTable(
                1, "digits", "read", "s. e.", "distance", "s. e.", "over the floor", "s. e.", "read by class, 0 to 9");
        table.row(real(real));
        try (OnnxDenoiser network = Digits.builder(examples).open()) {
            for (DigitSource source : List.of(UNGUIDED, GUIDED, FINER, FEW_STEPS, STOPPED)) {
                table.row(row(source.label(), reader, real, draw(source, network, SEED)));
            }
            for (long seed : OTHER_SEEDS) {
                table.row(row(UNGUIDED.label() + ", seed " + seed, reader, real, draw(UNGUIDED, network, seed)));
            }
        }
        return table.lines();
    }

    private static List<Digit> draw(DigitSource source, OnnxDenoiser network, long seed) {
        return source.draw(network, DigitSource.inTurn(PER_CLASS * Digits.CLASSES), seed);
    }

    /** Real digits, with the accuracy of cross-validation, and the floor. */
    static String[] real(List<Digit> real) {
        Proportion share = DigitReader.acrossFolds(real);
        DistributionDistance law = DistributionDistance.between(real, real, SPLITS);
        return new String[] {
            "real ones, held out",
            Figures.format("%.3f", share.value()),
            Figures.format("%.3f", share.standardError()),
            Figures.format("%.4f", law.floor()),
            Figures.format("%.4f", law.floorError()),
            "1",
            "",
            ""
        };
    }

    /** Generated digits: the share that is read as their class, and the distance from real digits with the same proportions of classes. */
    static String[] row(String label, DigitReader reader, List<Digit> real, List<Digit> digits) {
        List<Proportion> shares = byClass(reader, digits);
        Proportion share = Proportion.together(shares);
        DistributionDistance law = DistributionDistance.between(real, digits, SPLITS);
        return new String[] {
            label,
            Figures.format("%.3f", share.value()),
            Figures.format("%.3f", share.standardError()),
            Figures.format("%.4f", law.distance()),
            Figures.format("%.4f", law.distanceError()),
            Figures.format("%.3f", law.ratio()),
            Figures.format("%.3f", law.ratioError()),
            shares.stream().map(of -> Figures.format("%.2f", of.value())).collect(Collectors.joining(" "))
        };
    }

    private static List<Proportion> byClass(DigitReader reader, List<Digit> digits) {
        return IntStream.range(0, Digits.CLASSES)
                .mapToObj(label -> reader.share(
                        digits.stream().filter(digit -> digit.label() == label).toList()))
                .toList();
    }
}
