package io.scoreflux.cli;

import io.scoreflux.cli.plot.Picture;
import io.scoreflux.model.Denoiser;
import org.jspecify.annotations.Nullable;

/**
 * What to sample from.
 *
 * @param denoiser its denoiser, with moments
 * @param fromSigma the noise level where trajectories start by default
 * @param toSigma where they end by default
 * @param picture how a sample is an image, or null if it is none
 */
record Target(
        Denoiser denoiser,
        double fromSigma,
        double toSigma,
        @Nullable Picture picture) {

    /**
     * Twenty radii down to a tenth of the smallest component's width.
     *
     * @param name the target, for messages
     * @param numbers what the target is made of, for messages
     */
    static Target of(String name, String numbers, Denoiser denoiser, double width, @Nullable Picture picture) {
        double radius = denoiser.moments().orElseThrow().radius();
        Target target = new Target(denoiser, 20 * radius, width / 10, picture);
        // Solvers and denoisers take squares of noise levels.
        if (!(target.fromSigma * target.fromSigma < Double.POSITIVE_INFINITY
                && target.toSigma * target.toSigma >= Double.MIN_NORMAL
                && target.fromSigma > target.toSigma)) {
            throw outOfRange(name, numbers);
        }
        return target;
    }

    /** A complaint about numbers whose squares a double cannot hold. */
    static UserError outOfRange(String name, String numbers) {
        return new UserError(
                name + ": " + numbers + " are too large or too small for double precision; rescale the data");
    }
}
