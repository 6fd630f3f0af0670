package io.scoreflux.benchmarks.network;

import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.model.Denoiser;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Condition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiFunction;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * Real digits that were held out from training, or states derived from them.
 *
 * @param classes rows of 784 numbers for each label, in ascending order of the labels
 */
record HeldOut(Map<Integer, double[][]> classes) {
    /** The distance of two grey levels on the scale from -1 to 1. */
    static final double LEVEL = 1 / 127.5;

    private static final int LANES = 2;

    /**
     * A noise range and a tolerance.
     *
     * @param toSigma the smallest level, greater than 0
     */
    record Way(double fromSigma, double toSigma, double tolerance) {
        /** The whole noise range of the network. */
        static Way whole(double tolerance) {
            return new Way(Digits.FROM_SIGMA, Digits.TO_SIGMA, tolerance);
        }
    }

    /**
     * Evenly spaced digits of the file, which is sorted by class.
     *
     * @param count number of digits of all classes together
     */
    static HeldOut of(Path examples, int count) {
        List<Digits.Digit> all = Digits.heldOut(examples);
        Map<Integer, List<double[]>> found = new TreeMap<>();
        for (int k = 0; k < count; k++) {
            Digits.Digit digit = all.get((int) ((long) k * all.size() / count));
            found.computeIfAbsent(digit.label(), label -> new ArrayList<>()).add(digit.pixels());
        }
        Map<Integer, double[][]> classes = new TreeMap<>();
        found.forEach((label, digits) -> classes.put(label, digits.toArray(double[][]::new)));
        return new HeldOut(classes);
    }

    /** The rows of all classes, in the order of the results of {@link #run}. */
    double[][] rows() {
        return classes.values().stream().flatMap(Arrays::stream).toArray(double[][]::new);
    }

    /** The label of each row. */
    List<Integer> labels() {
        List<Integer> labels = new ArrayList<>();
        classes.forEach((label, rows) -> labels.addAll(Collections.nCopies(rows.length, label)));
        return labels;
    }

    /** Replaces the states, for example by their encodings. The rows have the same order. */
    HeldOut with(double[][] rows) {
        Map<Integer, double[][]> others = new TreeMap<>();
        int at = 0;
        for (Map.Entry<Integer, double[][]> one : classes.entrySet()) {
            others.put(one.getKey(), Arrays.copyOfRange(rows, at, at + one.getValue().length));
            at += one.getValue().length;
        }
        return new HeldOut(others);
    }

    /** Adds normal noise to each number. */
    HeldOut noised(double sigma, long seed) {
        double[][] rows = rows();
        for (int k = 0; k < rows.length; k++) {
            double[] noise = new double[Digits.DIMENSION];
            stream(seed, k).fill(noise, 0, noise.length);
            rows[k] = rows[k].clone();
            for (int i = 0; i < noise.length; i++) {
                rows[k][i] += sigma * noise[i];
            }
        }
        return with(rows);
    }

    /** Adds uniform noise with the width of one grey level to each pixel. */
    HeldOut dequantised(long seed) {
        double[][] rows = rows();
        for (int k = 0; k < rows.length; k++) {
            NormalStream stream = stream(seed, k);
            rows[k] = rows[k].clone();
            for (int i = 0; i < Digits.DIMENSION; i++) {
                rows[k][i] += LEVEL * (stream.uniform() - 0.5);
            }
        }
        return with(rows);
    }

    private static NormalStream stream(long seed, int row) {
        return new NoiseSource(seed).normals(Purpose.START, row);
    }

    /**
     * Applies a function of a sampler to the rows of each class in turn.
     *
     * @param way the noise range and the tolerance
     * @param labelled whether the network receives the class
     * @param seed the seed of the probes, from which the sampler of each class derives its seed
     */
    <T> List<T> run(
            Denoiser network, Way way, boolean labelled, long seed, BiFunction<Sampler, double[][], Flux<T>> what) {
        List<T> all = new ArrayList<>();
        classes.forEach((label, rows) -> {
            SamplerBuilder builder = Sampler.builder(network)
                    .radius(Digits.RADIUS)
                    .noiseRange(way.fromSigma(), way.toSigma())
                    .solver(new Sliding(way.tolerance()))
                    .parallelism(LANES, Schedulers.parallel())
                    .seed(seed * Digits.CLASSES + label);
            if (labelled) {
                builder.condition(new Condition(label));
            }
            all.addAll(Objects.requireNonNull(
                    what.apply(builder.build(), rows).collectList().block()));
        });
        return all;
    }
}
