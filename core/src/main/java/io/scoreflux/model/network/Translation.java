package io.scoreflux.model.network;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.noise.NoiseSchedule;
import io.scoreflux.state.Rows;
import java.util.Objects;

/**
 * The conversion between the canonical (z, s) and a network's state, time and prediction: {@code x_t = alpha z}, a time by {@link TimeInput},
 * and {@code D = a x_t + b f} with a and b of the {@link Parametrization}. Networks in Java, in files and on servers use it.
 *
 * @param schedule the noising process that the network was trained on
 * @param parametrization the quantity that the network predicts
 * @param timeInput the quantity that the time input expects
 */
record Translation(NoiseSchedule schedule, Parametrization parametrization, TimeInput timeInput) {

    /** Requires all components. */
    public Translation {
        Objects.requireNonNull(schedule, "schedule");
        Objects.requireNonNull(parametrization, "parametrization");
        Objects.requireNonNull(timeInput, "time input");
        if (parametrization == Parametrization.EDM && !schedule.name().equals("edm")) {
            throw new InvalidArgumentException(
                    "parametrization",
                    "must not be edm unless the schedule is edm",
                    "edm with the schedule " + schedule.name(),
                    "use NoiseSchedule.edm",
                    "name what the network predicts");
        }
    }

    /**
     * Writes the network's state for a row.
     *
     * @param in states z and canonical noise levels
     * @param row index of the row
     * @param x receives x_t as its row {@code to}
     */
    public void write(Rows in, int row, Numbers x, int to) {
        int d = in.dimension();
        x.set(to * d, schedule.alpha(in.sigma(row)), in.values(), in.offset(row), d);
    }

    /** Returns the network's time input at a canonical noise level. */
    public double time(double sigma) {
        return timeInput.of(schedule, sigma);
    }

    /**
     * Converts a row of the network's prediction to the value of the denoiser.
     *
     * @param f the output of the network
     * @param at the index of the row's prediction in {@code f}
     * @param in states z and canonical noise levels of the call
     * @param row index of the row
     * @param out receives D as its row {@code row}
     */
    public void read(Numbers f, int at, Rows in, int row, double[] out) {
        double s = in.sigma(row);
        double alpha = schedule.alpha(s);
        int d = in.dimension();
        // a x_t = (a alpha) z. z is not rounded to the precision of the network, and the network cannot have modified
        // it.
        double ofZ = parametrization.ofState(alpha, s) * alpha;
        double ofOutput = parametrization.ofOutput(alpha, s);
        f.combine(at, d, ofZ, in.values(), in.offset(row), ofOutput, out, row * d);
    }
}
