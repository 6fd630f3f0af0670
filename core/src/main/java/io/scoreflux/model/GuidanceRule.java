package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;

/**
 * A variant of classifier-free guidance. With the value D_c under the condition and the value D_n of the other branch, plain guidance is
 * {@code D_w = D_n + w (D_c - D_n)}. This combination is affine, so it is the same for D, the noise, v and the score.
 *
 * <p><b>Rescaling</b> (Lin et al. 2023, arXiv 2305.08891, section 3.4) with the strength phi is
 * {@code (1 - phi + phi std(D_c) / std(D_w)) D_w}, where std is the standard deviation over the numbers of one row about their mean. It
 * counteracts the contrast that large weights add. It is not affine and therefore depends on the quantity: here this is D, the predicted
 * data. Libraries that rescale the predicted noise or v give other samples. If std(D_w) is 0, D_w is not rescaled.
 * With phi > 0, w = 0 takes both values too: it gives D_n the deviation of D_c.
 *
 * <p>An <b>interval</b> (Kynkaanniemi et al. 2024, arXiv 2404.07724) restricts guidance to the noise levels {@code low < sigma <= high}. At all
 * other levels the value is D_c, which takes one evaluation. D_w then jumps at the two levels ({@link DenoiserInfo#jumps}).
 *
 * @param rescale phi, in [0, 1]; 0 for none
 * @param low the noise level above which guidance applies, at least 0
 * @param high the largest noise level at which guidance applies, greater than {@code low}; may be infinite
 */
public record GuidanceRule(double rescale, double low, double high) {
    /** Guidance at all noise levels, without rescaling. */
    public static final GuidanceRule PLAIN = new GuidanceRule(0, 0, Double.POSITIVE_INFINITY);

    /** Checks the ranges. */
    public GuidanceRule {
        if (!(rescale >= 0 && rescale <= 1)) {
            throw new InvalidArgumentException("rescale", "must be at least 0 and at most 1", rescale);
        }
        if (!(low >= 0 && low < high)) {
            throw new InvalidArgumentException(
                    "interval", "must have ends 0 <= low < high", low + ", " + high, "give the smaller level first");
        }
    }

    /** Returns the same rule with another strength of rescaling. */
    public GuidanceRule withRescale(double phi) {
        return new GuidanceRule(phi, low, high);
    }

    /** Returns the same rule with another interval of noise levels. */
    public GuidanceRule withInterval(double from, double to) {
        return new GuidanceRule(rescale, from, to);
    }

    /** Returns whether guidance applies at a noise level. */
    boolean appliesAt(double sigma) {
        return sigma > low && sigma <= high;
    }
}
