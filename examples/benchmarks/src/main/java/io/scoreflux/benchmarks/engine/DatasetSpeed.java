package io.scoreflux.benchmarks.engine;

import static io.scoreflux.benchmarks.Figures.format;

import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.SmoothedDataset;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;
import io.scoreflux.state.Rows;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * The processor time of exact denoisers of data sets on one thread, and the throughput of two threads relative to one. The rows of the data set are
 * random; their values do not matter.
 */
public final class DatasetSpeed {
    private static final List<Shape> SHAPES =
            List.of(new Shape(1797, 64, List.of(0.05, 0.3, 2.0)), new Shape(60_000, 784, List.of(0.3, 20.0)));
    private static final int BATCH = 256;
    private static final double BANDWIDTH = 0.1;
    private static final double SECONDS = 2;
    private static final int WARM_UP = 3;
    private static final int FEWEST = 3;
    /** Pairs of measurements of one thread and of two. */
    private static final int PAIRS = 5;

    private static final String VECTOR_API = "--add-modules=jdk.incubator.vector";
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private DatasetSpeed() {}

    /** A size of a data set, and the noise levels of the states. */
    private record Shape(int rows, int dimension, List<Double> sigmas) {}

    /** Runs in this virtual machine. */
    public static void main(String[] args) throws InterruptedException {
        table().forEach(System.out::println);
    }

    /** Runs in a new virtual machine without the Vector API and in one with it, and prints the commands. */
    static void runInChildren() {
        for (List<String> options : List.of(List.<String>of(), List.of(VECTOR_API))) {
            Jvm.run(options, DatasetSpeed.class);
        }
    }

    private static List<String> table() throws InterruptedException {
        TextTable table = new TextTable(0, "rows", "dimension", "sigma", "us/state", "ns/number", "two threads");
        for (Shape shape : SHAPES) {
            double[][] data = new double[shape.rows()][shape.dimension()];
            for (int i = 0; i < data.length; i++) {
                NormalStream numbers = new NoiseSource(1).normals(Purpose.START, i);
                numbers.fill(data[i], 0, shape.dimension());
            }
            SmoothedDataset denoiser = SmoothedDataset.of(data, BANDWIDTH);
            for (double sigma : shape.sigmas()) {
                Rows rows = states(data, sigma);
                double least = time(denoiser, rows) / BATCH;
                table.row(
                        Integer.toString(shape.rows()),
                        Integer.toString(shape.dimension()),
                        format("%.2f", sigma),
                        format("%.1f", least / 1e3),
                        format("%.3f", least / shape.rows() / shape.dimension()),
                        format("%.2f", twoThreads(denoiser, rows, (int) Math.ceil(1e9 / least / BATCH))));
            }
        }
        return table.lines();
    }

    private static Rows states(double[][] data, double sigma) {
        int dimension = data[0].length;
        Rows rows = new Rows(dimension, BATCH);
        double[] state = new double[dimension];
        for (int i = 0; i < BATCH; i++) {
            new NoiseSource(2).normals(Purpose.START, i).fill(state, 0, dimension);
            for (int c = 0; c < dimension; c++) {
                state[c] = data[i * (data.length / BATCH)][c] + sigma * state[c];
            }
            rows.append(state, 0, sigma);
        }
        return rows;
    }

    /** Returns the least processor time of a batch. */
    private static double time(SmoothedDataset denoiser, Rows rows) {
        double[] out = new double[BATCH * denoiser.dimension()];
        double least = Double.POSITIVE_INFINITY;
        double sum = 0;
        for (int i = 0; i < WARM_UP + FEWEST || sum < SECONDS * 1e9; i++) {
            long start = THREADS.getCurrentThreadCpuTime();
            denoiser.denoise(rows, out);
            double spent = THREADS.getCurrentThreadCpuTime() - start;
            if (i >= WARM_UP) {
                sum += spent;
                least = Math.min(least, spent);
            }
        }
        return least;
    }

    /** Returns the throughput of two threads relative to one, in elapsed time, the median over pairs of measurements. */
    private static double twoThreads(SmoothedDataset denoiser, Rows rows, int batches) throws InterruptedException {
        double[] ratios = new double[PAIRS];
        for (int i = 0; i < PAIRS; i++) {
            double one = elapsed(denoiser, rows, batches, 1);
            ratios[i] = 2 * one / elapsed(denoiser, rows, batches, 2);
        }
        return Quantiles.median(ratios);
    }

    /** Returns the time until each of the threads has denoised some batches. */
    private static double elapsed(SmoothedDataset denoiser, Rows rows, int batches, int threads)
            throws InterruptedException {
        CountDownLatch done = new CountDownLatch(threads);
        long start = System.nanoTime();
        for (int t = 0; t < threads; t++) {
            new Thread(() -> {
                        double[] out = new double[BATCH * denoiser.dimension()];
                        for (int i = 0; i < batches; i++) {
                            denoiser.denoise(rows, out);
                        }
                        done.countDown();
                    })
                    .start();
        }
        done.await();
        return System.nanoTime() - start;
    }
}
