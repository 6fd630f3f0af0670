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
     */
    static Target of(String name, Denoiser denoiser, double width, @Nullable Picture picture) {
        double radius = denoiser.moments().orElseThrow().radius();
        Target target = new Target(denoiser, 20 * radius, width / 10, picture);
        if (!(target.fromSigma < Double.POSITIVE_INFINITY && target.toSigma > 0 && target.fromSigma > target.toSigma)) {
            throw new UserError(name + ": the numbers are too large or too small for double precision (radius " + radius
                    + ", smallest width " + width + "); rescale them");
        }
        return target;
    }
}
