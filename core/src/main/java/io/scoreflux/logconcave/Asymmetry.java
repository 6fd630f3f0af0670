package io.scoreflux.logconcave;

import io.scoreflux.error.Violation;
import java.util.Locale;

/** The violation of a field that is no gradient. */
final class Asymmetry {
    private Asymmetry() {}

    static Violation of(double asymmetry, double limit) {
        return Violation.of(
                "the asymmetric part of the Jacobian",
                String.format(
                        Locale.ROOT,
                        "must be at most %.2g of the whole, as a field that circulates is no gradient and has no"
                                + " density",
                        limit),
                String.format(Locale.ROOT, "%.2g", asymmetry),
                "check the {gradient}",
                "raise {asymmetryLimit}");
    }
}
