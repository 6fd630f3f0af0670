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

/** The processor time of exact denoisers of data sets, on one thread. The rows of the data set are random; their values do not matter. */
final class DatasetSpeed {
    private static final double BANDWIDTH = 0.1;
    private static final double SECONDS = 2;
    private static final int WARM_UP = 3;
    private static final int FEWEST = 3;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private DatasetSpeed() {}

    /** A size of a data set, and the noise levels of the states. */
    record Shape(int rows, int dimension, List<Double> sigmas) {}

    /** Returns a table of the time of a state, the least over some calls. */
    static List<String> table(List<Shape> shapes, List<Integer> batches) {
        TextTable table = new TextTable(0, "rows", "dimension", "sigma", "batch", "us/state", "ns/number");
        for (Shape shape : shapes) {
            double[][] data = new double[shape.rows()][shape.dimension()];
            for (int i = 0; i < data.length; i++) {
                NormalStream numbers = new NoiseSource(1).normals(Purpose.START, i);
                numbers.fill(data[i], 0, shape.dimension());
            }
            SmoothedDataset denoiser = SmoothedDataset.of(data, BANDWIDTH);
            for (double sigma : shape.sigmas()) {
                for (int batch : batches) {
                    double least = time(denoiser, data, sigma, batch) / batch;
                    table.row(
                            Integer.toString(shape.rows()),
                            Integer.toString(shape.dimension()),
                            format("%.2f", sigma),
                            Integer.toString(batch),
                            format("%.1f", least / 1e3),
                            format("%.3f", least / shape.rows() / shape.dimension()));
                }
            }
        }
        return table.lines();
    }

    private static double time(SmoothedDataset denoiser, double[][] data, double sigma, int batch) {
        int dimension = denoiser.dimension();
        Rows rows = new Rows(dimension, batch);
        double[] state = new double[dimension];
        for (int i = 0; i < batch; i++) {
            new NoiseSource(2).normals(Purpose.START, i).fill(state, 0, dimension);
            for (int c = 0; c < dimension; c++) {
                state[c] = data[i * (data.length / batch)][c] + sigma * state[c];
            }
            rows.append(state, 0, sigma);
        }
        double[] out = new double[batch * dimension];
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
}
