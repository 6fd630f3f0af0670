package io.scoreflux.benchmarks.network;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.model.network.ElementType;
import io.scoreflux.model.network.Tensor;
import io.scoreflux.model.network.TensorDenoiser;
import io.scoreflux.model.network.TensorDescription;
import io.scoreflux.model.network.TensorTransport;
import io.scoreflux.model.network.TimeInput;
import io.scoreflux.noise.DiscreteSchedule;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Rows;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/** The ends of an exact network that is defined only at whole timesteps. */
final class TimestepTable {
    private static final int SAMPLES = 64;
    private static final double[] TOLERANCES = {1e-2, 1e-3, 1e-4, 1e-5, 1e-6};
    private static final DiscreteSchedule CHAIN = DiscreteSchedule.linear(1e-4, 0.02, 1000);

    private TimestepTable() {}

    /** Runs sliding with D for every noise level, with D between levels interpolated, and with the timestep rounded. */
    static List<String> table(Path examples) {
        GaussianMixture exact = GaussianMixture.builder(2)
                .component(0.5, new double[] {0.8, 0.3}, 0.3)
                .component(0.3, new double[] {-0.9, 0.5}, 0.4)
                .component(0.2, new double[] {-0.2, -1.1}, 0.25)
                .build();
        Random random = new Random(1);
        double[][] starts = new double[SAMPLES][2];
        for (double[] start : starts) {
            for (int i = 0; i < 2; i++) {
                start[i] = CHAIN.maxSigma() * random.nextGaussian();
            }
        }
        List<Sample> ends = run(exact, starts, 1e-9);
        List<String> table = new ArrayList<>();
        try (TensorDenoiser whole = TensorDenoiser.builder(new WholeTimesteps(exact))
                .schedule(CHAIN)
                .time("timestep", TimeInput.TIMESTEP)
                .open()) {
            Map<String, Denoiser> denoisers = new LinkedHashMap<>();
            denoisers.put("every sigma", exact);
            denoisers.put("interpolated", whole);
            denoisers.put("rounded", Denoiser.rowwise(2, (z, sigma, out) -> nearest(exact, z, sigma, out)));
            for (double tolerance : TOLERANCES) {
                denoisers.forEach((name, denoiser) -> {
                    List<Sample> run = run(denoiser, starts, tolerance);
                    table.add(String.format(
                            Locale.ROOT,
                            "tolerance %.0e, %-12s: error %.1e, %.0f calls, %s",
                            tolerance,
                            name,
                            distance(run, ends),
                            run.stream()
                                    .mapToLong(sample -> sample.certificate().calls())
                                    .average()
                                    .orElseThrow(),
                            Statuses.of(run)));
                });
            }
        }
        return table;
    }

    private static List<Sample> run(Denoiser denoiser, double[][] starts, double tolerance) {
        return Objects.requireNonNull(Sampler.builder(denoiser)
                .radius(1)
                .noiseRange(CHAIN.maxSigma(), CHAIN.minSigma())
                .solver(new Sliding(tolerance))
                .build()
                .decode(starts)
                .collectList()
                .block());
    }

    private static double distance(List<Sample> some, List<Sample> others) {
        double squares = 0;
        for (int k = 0; k < some.size(); k++) {
            for (int i = 0; i < 2; i++) {
                double difference = some.get(k).values()[i] - others.get(k).values()[i];
                squares += difference * difference;
            }
        }
        return Math.sqrt(squares / some.size());
    }

    /** D from the noise that the network predicts for x_t at the nearest timestep. */
    private static void nearest(Denoiser exact, double[] z, double sigma, double[] out) {
        double level = CHAIN.sigma(Math.rint(CHAIN.time(sigma)));
        double scale = CHAIN.alpha(sigma) / CHAIN.alpha(level);
        Rows row = new Rows(2, 1);
        row.append(new double[] {scale * z[0], scale * z[1]}, 0, level);
        exact.denoise(row, out);
        for (int i = 0; i < 2; i++) {
            out[i] = z[i] - sigma * (scale * z[i] - out[i]) / level;
        }
    }

    /** A network that predicts the clean data at whole timesteps. */
    private record WholeTimesteps(GaussianMixture exact) implements TensorTransport {
        @Override
        public String model() {
            return "mixture";
        }

        @Override
        public List<TensorDescription> inputs() {
            return List.of(
                    TensorDescription.of("x", ElementType.DOUBLE, -1, 2),
                    TensorDescription.of("timestep", ElementType.INT64, -1));
        }

        @Override
        public List<TensorDescription> outputs() {
            return List.of(TensorDescription.of("y", ElementType.DOUBLE, -1, 2));
        }

        @Override
        public void run(int rows, Map<Tensor, ByteBuffer> inputs, Tensor output, ByteBuffer answer) {
            Map<String, ByteBuffer> named = new LinkedHashMap<>();
            inputs.forEach((tensor, bytes) -> named.put(tensor.name(), bytes));
            ByteBuffer x = Objects.requireNonNull(named.get("x"));
            ByteBuffer timestep = Objects.requireNonNull(named.get("timestep"));
            Rows in = new Rows(2, rows);
            for (int row = 0; row < rows; row++) {
                double sigma = CHAIN.sigma((double) timestep.getLong(Long.BYTES * row));
                double alpha = CHAIN.alpha(sigma);
                int at = 2 * Double.BYTES * row;
                in.append(new double[] {x.getDouble(at) / alpha, x.getDouble(at + Double.BYTES) / alpha}, 0, sigma);
            }
            double[] denoised = new double[2 * rows];
            exact.denoise(in, denoised);
            for (int i = 0; i < denoised.length; i++) {
                answer.putDouble(Double.BYTES * i, denoised[i]);
            }
        }
    }
}
