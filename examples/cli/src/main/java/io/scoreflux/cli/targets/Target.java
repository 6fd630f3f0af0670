package io.scoreflux.cli.targets;

import io.scoreflux.cli.text.UserError;
import io.scoreflux.evaluation.plot.Picture;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Moments;
import io.scoreflux.model.onnx.OnnxDenoiser;
import io.scoreflux.noise.SigmaGrid;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A distribution to sample from.
 *
 * @param info its denoiser, which answers here or on a server
 * @param givenRadius the data's radius as given, where it is not that of the denoiser's moments
 * @param fromSigma the noise level where trajectories start by default
 * @param toSigma where they end by default
 * @param picture how a sample is an image, or null if it is none
 */
public record Target(
        DenoiserInfo info,
        OptionalDouble givenRadius,
        double fromSigma,
        double toSigma,
        @Nullable Picture picture) implements AutoCloseable {

    /**
     * Twenty radii down to a tenth of the smallest component's width.
     *
     * @param name the target, for messages
     * @param numbers what the target is made of, for messages
     */
    static Target of(String name, String numbers, Denoiser denoiser, double width, @Nullable Picture picture) {
        double radius = denoiser.moments().orElseThrow().radius();
        Target target = new Target(denoiser, OptionalDouble.empty(), 20 * radius, width / 10, picture);
        if (!(target.fromSigma <= SigmaGrid.MAX_SIGMA
                && target.toSigma >= SigmaGrid.MIN_SIGMA
                && radius >= SigmaGrid.MIN_SIGMA
                && target.fromSigma > target.toSigma)) {
            throw outOfRange(name, numbers);
        }
        return target;
    }

    /** The denoiser, for what asks it here. */
    public Denoiser denoiser() {
        if (info instanceof Denoiser denoiser) {
            return denoiser;
        }
        throw new UserError("a target of type 'remote' is for sample, decode and encode; give one that answers here");
    }

    /** The data's radius, as given or by the denoiser's moments, if it is known. */
    public OptionalDouble radius() {
        return givenRadius.isPresent()
                ? givenRadius
                : info.moments().stream().mapToDouble(Moments::radius).findFirst();
    }

    /** Gives up what the denoiser holds outside Java's memory. */
    @Override
    public void close() {
        if (info instanceof OnnxDenoiser network) {
            network.close();
        }
    }

    /** The error for numbers whose squares overflow or underflow. */
    static UserError outOfRange(String name, String numbers) {
        return new UserError(
                name + ": " + numbers + " are too large or too small for double precision; rescale the data");
    }
}
