package io.scoreflux.files.targets;

import io.scoreflux.evaluation.plot.Picture;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Moments;
import io.scoreflux.model.network.TensorDenoiser;
import io.scoreflux.noise.SigmaGrid;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A distribution to sample from.
 *
 * @param info its denoiser, local or on a server
 * @param givenRadius the given radius of the data, if it is not that of the denoiser's moments
 * @param fromSigma the noise level where trajectories start by default
 * @param toSigma the noise level where they end by default
 * @param picture how samples are drawn as images, or null if they are not images
 */
public record Target(
        DenoiserInfo info,
        OptionalDouble givenRadius,
        double fromSigma,
        double toSigma,
        @Nullable Picture picture) implements AutoCloseable {

    /**
     * A target whose noise range goes from twenty radii to a tenth of the smallest component's width.
     *
     * @param name the target, for messages
     * @param numbers the numbers that define the target, for messages
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

    /** The local denoiser. */
    public Denoiser denoiser() {
        if (info instanceof Denoiser denoiser) {
            return denoiser;
        }
        throw new UserError("only sample, decode and encode accept a target of type 'remote'; give a local target");
    }

    /** The radius of the data, as given or from the denoiser's moments, if it is known. */
    public OptionalDouble radius() {
        return givenRadius.isPresent()
                ? givenRadius
                : info.moments().stream().mapToDouble(Moments::radius).findFirst();
    }

    /** Releases the native memory of the denoiser. */
    @Override
    public void close() {
        if (info instanceof TensorDenoiser network) {
            network.close();
        }
    }

    /** The error for numbers whose squares overflow or underflow. */
    static UserError outOfRange(String name, String numbers) {
        return new UserError(
                name + ": " + numbers + " are too large or too small for double precision; rescale the data");
    }
}
