package io.scoreflux.model.network;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Moments;
import io.scoreflux.noise.NoiseSchedule;
import io.scoreflux.state.Rows;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A trained network as a function of (x_t, t), in one of the usual parametrizations. Several threads call it concurrently. */
public interface Network {

    /** Returns the number of numbers in a row. */
    int dimension();

    /**
     * Predicts all rows of a batch.
     *
     * @param x the inputs x_t, row-major; valid during the call only
     * @param time the schedule's time t of each row
     * @param count the number of rows
     * @param out receives the predictions, row-major
     */
    void predict(double[] x, double[] time, int count, double[] out);

    /**
     * Returns the relative rounding error of predictions. Defaults to 2^-53. A network in single precision returns 2^-24. See
     * {@link DenoiserInfo#rounding}.
     */
    default double rounding() {
        return 0x1p-53;
    }

    /**
     * Returns the denoiser of a network.
     *
     * @param network the network
     * @param schedule the noising process that it was trained on
     * @param parametrization the quantity that it predicts
     * @param moments the moments of the data, or null if unknown
     * @throws IllegalArgumentException if the moments have another dimension than the network
     */
    static Denoiser denoiser(
            Network network, NoiseSchedule schedule, Parametrization parametrization, @Nullable Moments moments) {
        Objects.requireNonNull(network, "network");
        Translation translation = new Translation(schedule, parametrization, TimeInput.T);
        if (moments != null && moments.dimension() != network.dimension()) {
            throw new InvalidArgumentException(
                    "moments", "must have the network's dimension " + network.dimension(), moments.dimension());
        }
        return new Denoiser() {
            @Override
            public double maxSigma() {
                return schedule.maxSigma();
            }

            @Override
            public int dimension() {
                return network.dimension();
            }

            @Override
            public Optional<Moments> moments() {
                return Optional.ofNullable(moments);
            }

            @Override
            public double rounding() {
                return network.rounding();
            }

            @Override
            public void denoise(Rows in, double[] out) {
                int count = in.count();
                double[] x = new double[count * network.dimension()];
                double[] time = new double[count];
                Numbers states = Numbers.of(x);
                for (int row = 0; row < count; row++) {
                    translation.write(in, row, states, row);
                    time[row] = translation.time(in.sigma(row));
                }
                network.predict(x, time, count, out);
                Numbers predictions = Numbers.of(out);
                for (int row = 0; row < count; row++) {
                    translation.read(predictions, row * network.dimension(), in, row, out);
                }
            }
        };
    }
}
