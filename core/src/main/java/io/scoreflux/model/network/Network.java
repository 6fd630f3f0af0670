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

/** A trained function of (x_t, t) in one of the usual parametrizations. Called from several threads at once. */
public interface Network {

    /** Numbers in a row. */
    int dimension();

    /**
     * Predicts all rows of a batch.
     *
     * @param x network inputs x_t, row-major; valid during the call only
     * @param time the schedule's time of each row
     * @param count rows
     * @param out receives the predictions, row-major
     */
    void predict(double[] x, double[] time, int count, double[] out);

    /** The relative rounding of its predictions: 2^-53, the default, or 2^-24 in single precision; see {@link DenoiserInfo#rounding}. */
    default double rounding() {
        return 0x1p-53;
    }

    /**
     * The denoiser of a network.
     *
     * @param schedule the process it was trained on
     * @param parametrization what it predicts
     * @param moments of the data, where known
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
                Numbers times = Numbers.of(time);
                for (int row = 0; row < count; row++) {
                    translation.write(in, row, states, times, row);
                }
                network.predict(x, time, count, out);
                Numbers predictions = Numbers.of(out);
                for (int row = 0; row < count; row++) {
                    translation.read(predictions, row, in, row, out);
                }
            }
        };
    }
}
