package io.scoreflux.benchmarks.network;

import io.scoreflux.benchmarks.network.Digits.Digit;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import libsvm.svm;
import org.tribuo.Example;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.Trainer;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.evaluation.LabelEvaluator;
import org.tribuo.classification.libsvm.LibSVMClassificationTrainer;
import org.tribuo.classification.libsvm.SVMClassificationType;
import org.tribuo.classification.libsvm.SVMClassificationType.SVMMode;
import org.tribuo.common.libsvm.KernelType;
import org.tribuo.common.libsvm.SVMParameters;
import org.tribuo.evaluation.CrossValidation;
import org.tribuo.impl.ArrayExample;
import org.tribuo.provenance.SimpleDataSourceProvenance;

/**
 * Reads digits: a support vector machine with a Gaussian kernel (Tribuo's, by LIBSVM) that has seen real digits alone.
 *
 * <p>It sees images as a file of 8 bits shows them, clipped and rounded, unlike {@link DistributionDistance}, which takes pixels as they are.
 */
final class DigitReader {
    /** Of {@code exp(-gamma |a - b|^2)}, pixels from 0 to 1; with the cost, usual for digits of this size and not sought by samples. */
    private static final double GAMMA = 0.025;

    private static final double COST = 10;
    private static final int FOLDS = 5;
    private static final long SEED = 5;
    private static final double GREYS = 255;

    /** Kept, as a logger that nobody holds forgets its level. */
    private static final Logger TOLD = Logger.getLogger(CrossValidation.class.getName());

    private static final String[] PIXELS =
            IntStream.range(0, Digits.DIMENSION).mapToObj("p%03d"::formatted).toArray(String[]::new);

    static {
        // LIBSVM tells standard output of every machine that it trains, unless it is given another place.
        svm.svm_set_print_string_function(told -> {});
        TOLD.setLevel(Level.WARNING);
    }

    private final Model<Label> model;

    private DigitReader(Model<Label> model) {
        this.model = model;
    }

    /** One that has learnt these digits. */
    static DigitReader of(List<Digit> real) {
        return new DigitReader(trainer().train(dataset(real)));
    }

    /** How well such readers read real digits that they have not learnt: in five parts, each read by the reader of the others. */
    static Proportion acrossFolds(List<Digit> real) {
        double right = new CrossValidation<>(trainer(), dataset(real), new LabelEvaluator(), FOLDS, SEED)
                .evaluate().stream()
                        .mapToDouble(fold -> fold.getA().accuracy()
                                * fold.getA().getPredictions().size())
                        .sum();
        return new Proportion((int) Math.rint(right), real.size());
    }

    /** The share that is read as what it should be. */
    Proportion share(List<Digit> digits) {
        return new Proportion(
                (int) digits.stream()
                        .filter(digit -> read(digit.pixels()) == digit.label())
                        .count(),
                digits.size());
    }

    /** The class that an image is read as. */
    int read(double[] pixels) {
        return Integer.parseInt(
                model.predict(example(new Digit(0, pixels))).getOutput().getLabel());
    }

    private static Trainer<Label> trainer() {
        SVMParameters<Label> parameters = new SVMParameters<>(new SVMClassificationType(SVMMode.C_SVC), KernelType.RBF);
        parameters.setGamma(GAMMA);
        parameters.setCost(COST);
        return new LibSVMClassificationTrainer(parameters, SEED);
    }

    private static MutableDataset<Label> dataset(List<Digit> digits) {
        LabelFactory labels = new LabelFactory();
        MutableDataset<Label> dataset =
                new MutableDataset<>(new SimpleDataSourceProvenance("real digits", labels), labels);
        digits.forEach(digit -> dataset.add(example(digit)));
        return dataset;
    }

    /** An image as its file of 8 bits shows it: generated pixels go a little beyond paper and ink, and are no whole greys. */
    private static Example<Label> example(Digit digit) {
        double[] ink = Arrays.stream(digit.pixels())
                .map(pixel -> Math.rint(GREYS * Math.max(0, Math.min(1, (pixel + 1) / 2))) / GREYS)
                .toArray();
        return new ArrayExample<>(new Label(Integer.toString(digit.label())), PIXELS, ink);
    }
}
