package io.scoreflux.benchmarks.network;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.internal.Kernels;
import io.scoreflux.model.Denoiser;
import java.util.ArrayList;
import java.util.List;

/**
 * States that are encoded to the largest noise level and decoded.
 *
 * @param up the encodings at the largest level, one for each row
 * @param down the samples decoded from them
 */
record RoundTrip(List<Sample> up, List<Sample> down) {
    static RoundTrip of(Denoiser network, HeldOut given, double tolerance) {
        HeldOut.Way way = HeldOut.Way.whole(tolerance);
        List<Sample> up = given.run(network, way, true, 0, Sampler::encode);
        HeldOut ends = given.with(up.stream().map(Sample::values).toArray(double[][]::new));
        return new RoundTrip(up, ends.run(network, way, true, 0, Sampler::decode));
    }

    /** The root mean square difference of pixels. */
    double rms(HeldOut given) {
        return Math.sqrt(meanSquares(given).stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow());
    }

    /** The root mean square difference of the digit in which it is largest. */
    double worst(HeldOut given) {
        return Math.sqrt(meanSquares(given).stream()
                .mapToDouble(Double::doubleValue)
                .max()
                .orElseThrow());
    }

    private List<Double> meanSquares(HeldOut given) {
        double[][] rows = given.rows();
        List<Double> squares = new ArrayList<>();
        for (int k = 0; k < rows.length; k++) {
            squares.add(
                    Kernels.squaredDistance(rows[k], 0, down.get(k).values(), 0, Digits.DIMENSION) / Digits.DIMENSION);
        }
        return squares;
    }

    /** The root mean square of the encodings relative to the largest level. It is about 1 for states of that level. */
    double endRms() {
        return Math.sqrt(up.stream()
                                .mapToDouble(end -> Kernels.dot(end.values(), 0, end.values(), 0, Digits.DIMENSION))
                                .average()
                                .orElseThrow()
                        / Digits.DIMENSION)
                / Digits.FROM_SIGMA;
    }

    static double calls(List<Sample> samples) {
        return samples.stream()
                .mapToLong(sample -> sample.certificate().calls())
                .average()
                .orElseThrow();
    }
}
