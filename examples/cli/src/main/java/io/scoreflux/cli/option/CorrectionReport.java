package io.scoreflux.cli.option;

import io.scoreflux.reject.ClippingBound;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reports what rejection sampling or Metropolis moves did in a run.
 *
 * @param solver the solver's name
 * @param corrector the corrector after it, or null
 */
public record CorrectionReport(String solver, @Nullable String corrector) {
    /** Langevin moves that gain most are accepted about 0.6 of the time; where nearly all are, they hardly move. */
    private static final double SHORT_MOVES = 0.95;

    /** One line. */
    public String line(ClippingBound clipping) {
        String line = Correction.METROPOLIS.equals(corrector) ? moves(clipping) : draws(clipping);
        return corrector == null ? line : line + "; the error of " + solver + " is not included";
    }

    private static String moves(ClippingBound clipping) {
        double acceptance = clipping.acceptance();
        return "metropolis: accepted " + format("%.3f", acceptance) + " of moves"
                + (acceptance > SHORT_MOVES
                        ? ", above 0.95: they are short, so that a few change little; --correct fors draws the end anew"
                        : "");
    }

    private static String draws(ClippingBound clipping) {
        String accepted =
                "rejection: accepted " + format("%.3f", clipping.acceptance()) + " of proposals; clipped weights: ";
        if (clipping.overflow() == 0) {
            return accepted + "not seen, too rare for this run to tell what they cost the law";
        }
        String bound = format("%.1e", clipping.mean())
                + (clipping.samples() < 2 ? "" : " +- " + format("%.1e", clipping.standardError()));
        return accepted + format("%.2g", clipping.overflow()) + " of all; "
                + (clipping.mean() > 1
                        ? "the bound on what they cost the law is " + bound
                                + ", which says nothing: no law is off by more than 1"
                        : "by clipping, the law of this run is off by at most " + bound
                                + " in total variation, as these samples estimate it");
    }

    private static String format(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }
}
