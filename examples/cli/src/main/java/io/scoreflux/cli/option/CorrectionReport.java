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
    /** The most efficient Langevin moves have an acceptance rate of about 0.6. At a rate near 1 the moves are too short. */
    private static final double SHORT_MOVES = 0.95;

    /** The report, in one line. */
    public String line(ClippingBound clipping) {
        String line = Correction.METROPOLIS.equals(corrector) ? moves(clipping) : draws(clipping);
        return corrector == null ? line : line + "; the error of " + solver + " is not included";
    }

    private static String moves(ClippingBound clipping) {
        double acceptance = clipping.acceptance();
        return "metropolis: accepted " + format("%.3f", acceptance) + " of moves"
                + (acceptance > SHORT_MOVES
                        ? ", above 0.95: the moves are so short that a few of them change little; --correct fors"
                                + " draws the last part again"
                        : "");
    }

    private static String draws(ClippingBound clipping) {
        String accepted =
                "rejection: accepted " + format("%.3f", clipping.acceptance()) + " of proposals; clipped weights: ";
        if (clipping.mean() == 0) {
            return accepted + "none seen, too rare in this run to estimate their effect on the distribution";
        }
        String bound = format("%.1e", clipping.mean())
                + (clipping.samples() < 2 ? "" : " +- " + format("%.1e", clipping.standardError()));
        return accepted + (clipping.overflow() == 0 ? "none" : format("%.2g", clipping.overflow()) + " of all") + "; "
                + (clipping.mean() > 1
                        ? "the bound on the total variation distance that clipping causes is " + bound
                                + ", which says nothing: this distance never exceeds 1"
                        : "clipping changes the distribution of this run by at most " + bound
                                + " in total variation, as estimated from these samples");
    }

    private static String format(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }
}
