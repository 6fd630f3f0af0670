package io.scoreflux.flink.job;

import io.scoreflux.Sample;
import io.scoreflux.solve.Certificate;
import java.io.IOException;
import java.util.TreeMap;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * Statistics of a set of samples. Those of two disjoint sets can be merged; the result does not depend on how samples are divided, except for
 * the rounding of means and covariances.
 *
 * <p>The mean m and the sum S of the products of deviations follow Chan, Golub and LeVeque (1983, doi 10.1080/00031305.1983.10483115): for two
 * sets with n and n' samples and d = m' - m, the mean of both is {@code m + d n' / (n + n')}, and the sum is
 * {@code S + S' + d d^T n n' / (n + n')}.
 *
 * <p>For distances to a reference, the statistics keep the samples whose indices have the smallest hashes: a random subset that is the same
 * for each division.
 */
final class SampleStatistics {
    /** Up to this dimension the statistics have the covariance matrix, and above it the variances only. */
    static final int LARGEST_MATRIX = 32;

    /** The number of samples that are kept, fewer of those with many numbers. */
    static final int KEPT = 512;

    /** The numbers of the samples that are kept. Flink's messages, which carry them at the end, have at most 10 MB. */
    private static final int KEPT_NUMBERS = 1 << 19;

    private static final byte VERSION = 1;

    private long failed;
    private long unconverged;
    private long unestimated;
    private long calls;
    private long mostCalls;
    /** The number of samples with values. */
    private long count;

    private double largestError;
    private double[] mean = new double[0];
    /** The lower triangle of the sum of products of deviations, row by row, or its diagonal. */
    private double[] products = new double[0];
    /** Samples by the hashes of their indices. */
    private final TreeMap<Long, double[]> kept = new TreeMap<>();

    /** Adds a sample. */
    void add(Sample sample) {
        Certificate certificate = sample.certificate();
        calls += certificate.calls();
        mostCalls = Math.max(mostCalls, certificate.calls());
        switch (certificate.status()) {
            case FAILED -> failed++;
            case UNCONVERGED -> unconverged++;
            case UNESTIMATED -> unestimated++;
            case CONVERGED -> {}
        }
        certificate.error().ifPresent(error -> largestError = Math.max(largestError, error));
        if (!sample.failed()) {
            double[] values = sample.values();
            combine(1, values, new double[size(values.length)]);
            keep(hash(sample.index()), values);
        }
    }

    /** Adds the samples of other statistics, which do not change. */
    void merge(SampleStatistics other) {
        failed += other.failed;
        unconverged += other.unconverged;
        unestimated += other.unestimated;
        calls += other.calls;
        mostCalls = Math.max(mostCalls, other.mostCalls);
        largestError = Math.max(largestError, other.largestError);
        if (other.count > 0) {
            combine(other.count, other.mean, other.products);
            other.kept.forEach(this::keep);
        }
    }

    private void combine(long otherCount, double[] otherMean, double[] otherProducts) {
        if (count == 0) {
            count = otherCount;
            mean = otherMean.clone();
            products = otherProducts.clone();
            return;
        }
        double all = (double) count + otherCount;
        double weight = count * (otherCount / all);
        double[] delta = new double[mean.length];
        for (int i = 0; i < mean.length; i++) {
            delta[i] = otherMean[i] - mean[i];
            mean[i] += delta[i] * (otherCount / all);
        }
        boolean matrix = mean.length <= LARGEST_MATRIX;
        int at = 0;
        for (int i = 0; i < mean.length; i++) {
            for (int j = matrix ? 0 : i; j <= i; j++) {
                products[at] += otherProducts[at] + delta[i] * delta[j] * weight;
                at++;
            }
        }
        count += otherCount;
    }

    /** The length of {@link #products}. */
    private static int size(int dimension) {
        return dimension <= LARGEST_MATRIX ? dimension * (dimension + 1) / 2 : dimension;
    }

    private void keep(long hash, double[] values) {
        int most = Math.max(2, Math.min(KEPT, KEPT_NUMBERS / values.length));
        if (kept.size() < most || hash < kept.lastKey()) {
            kept.put(hash, values);
            if (kept.size() > most) {
                kept.pollLastEntry();
            }
        }
    }

    /** A bijection of the whole numbers (the finalizer of SplitMix64), so that no two samples share a hash. */
    static long hash(long index) {
        long z = index + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** The number of samples, failed or not. */
    long samples() {
        return count + failed;
    }

    /** The number of samples without values. */
    long failed() {
        return failed;
    }

    /** The number of samples that missed their tolerance. */
    long unconverged() {
        return unconverged;
    }

    /** The number of samples whose solver estimates no error. */
    long unestimated() {
        return unestimated;
    }

    /** The number of denoiser evaluations of all samples. */
    long calls() {
        return calls;
    }

    /** The number of denoiser evaluations of the sample with most. */
    long mostCalls() {
        return mostCalls;
    }

    /** The largest estimated error, relative to the radius; 0 if there is none. */
    double largestError() {
        return largestError;
    }

    /** The mean of the samples with values; empty if there are none. */
    double[] mean() {
        return mean.clone();
    }

    /** Whether {@link #covariance} is a matrix. */
    boolean hasMatrix() {
        return mean.length <= LARGEST_MATRIX;
    }

    /** The unbiased covariance matrix, row by row, up to dimension 32; otherwise one row with the variances. NaN for one sample. */
    double[][] covariance() {
        int dimension = mean.length;
        double divisor = count > 1 ? count - 1.0 : Double.NaN;
        if (!hasMatrix()) {
            double[] variances = new double[dimension];
            for (int i = 0; i < dimension; i++) {
                variances[i] = products[i] / divisor;
            }
            return new double[][] {variances};
        }
        double[][] matrix = new double[dimension][dimension];
        int at = 0;
        for (int i = 0; i < dimension; i++) {
            for (int j = 0; j <= i; j++) {
                matrix[i][j] = products[at] / divisor;
                matrix[j][i] = matrix[i][j];
                at++;
            }
        }
        return matrix;
    }

    /** A random subset of the samples with values, at most 512, and fewer above dimension 1024. */
    double[][] subset() {
        return kept.values().toArray(new double[0][]);
    }

    byte[] toBytes() throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(256);
        out.writeByte(VERSION);
        for (long number : new long[] {failed, unconverged, unestimated, calls, mostCalls, count}) {
            out.writeLong(number);
        }
        out.writeDouble(largestError);
        out.writeInt(mean.length);
        write(mean, out);
        write(products, out);
        out.writeInt(kept.size());
        for (var sample : kept.entrySet()) {
            out.writeLong(sample.getKey());
            write(sample.getValue(), out);
        }
        return out.getCopyOfBuffer();
    }

    static SampleStatistics of(byte[] bytes) throws IOException {
        DataInputDeserializer in = new DataInputDeserializer(bytes);
        byte version = in.readByte();
        if (version != VERSION) {
            throw new IOException("the version of statistics must be " + VERSION + ", was " + version
                    + "; restore the state with the release of scoreflux-flink that wrote it, or a later one");
        }
        SampleStatistics read = new SampleStatistics();
        read.failed = in.readLong();
        read.unconverged = in.readLong();
        read.unestimated = in.readLong();
        read.calls = in.readLong();
        read.mostCalls = in.readLong();
        read.count = in.readLong();
        read.largestError = in.readDouble();
        int dimension = in.readInt();
        read.mean = numbers(dimension, in);
        read.products = numbers(size(dimension), in);
        int kept = in.readInt();
        for (int i = 0; i < kept; i++) {
            read.kept.put(in.readLong(), numbers(dimension, in));
        }
        return read;
    }

    private static void write(double[] numbers, DataOutputSerializer out) throws IOException {
        for (double number : numbers) {
            out.writeDouble(number);
        }
    }

    private static double[] numbers(int count, DataInputDeserializer in) throws IOException {
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = in.readDouble();
        }
        return numbers;
    }
}
