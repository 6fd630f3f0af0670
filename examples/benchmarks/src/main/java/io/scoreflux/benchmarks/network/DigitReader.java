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
 * Classifies digits with a support vector machine with a Gaussian kernel (LIBSVM in Tribuo), trained only on real digits.
 *
 * <p>It clips and rounds images to 8 bits per pixel, unlike {@link DistributionDistance}, which does not change pixels.
 */
final class DigitReader {
    /**
     * The parameter of {@code exp(-gamma |a - b|^2)} for pixels from 0 to 1. It is usual for digits of this size, like the cost, and was
     * not tuned on samples.
     */
    private static final double GAMMA = 0.025;

    private static final double COST = 10;
    private static final int FOLDS = 5;
    private static final long SEED = 5;
    private static final double GREYS = 255;

    /** A strong reference, because an unreferenced logger may be discarded with its level. */
    private static final Logger TOLD = Logger.getLogger(CrossValidation.class.getName());

    private static final String[] PIXELS =
            IntStream.range(0, Digits.DIMENSION).mapToObj("p%03d"::formatted).toArray(String[]::new);

    static {
        // By default LIBSVM reports the training of each machine on standard output.
        svm.svm_set_print_string_function(told -> {});
        TOLD.setLevel(Level.WARNING);
    }

    private final Model<Label> model;

    private DigitReader(Model<Label> model) {
        this.model = model;
    }

    /** Trains a reader with these digits. */
    static DigitReader of(List<Digit> real) {
        return new DigitReader(trainer().train(dataset(real)));
    }

    /** The accuracy of such readers on real digits, by five-fold cross-validation. */
    static Proportion acrossFolds(List<Digit> real) {
        double right = new CrossValidation<>(trainer(), dataset(real), new LabelEvaluator(), FOLDS, SEED)
                .evaluate().stream()
                        .mapToDouble(fold -> fold.getA().accuracy()
                                * fold.getA().getPredictions().size())
                        .sum();
        return new Proportion((int) Math.rint(right), real.size());
    }

    /** The share of digits that are read as their class. */
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

    /** An image with 8 bits per pixel. Generated pixels are not whole grey levels, and lie slightly outside the range from paper to ink. */
    private static Example<Label> example(Digit digit) {
        double[] ink = Arrays.stream(digit.pixels())
                .map(pixel -> Math.rint(GREYS * Math.max(0, Math.min(1, (pixel + 1) / 2))) / GREYS)
                .toArray();
        return new ArrayExample<>(new Label(Integer.toString(digit.label())), PIXELS, ink);
    }
}
