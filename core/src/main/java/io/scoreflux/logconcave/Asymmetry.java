package io.scoreflux.logconcave;

import io.scoreflux.error.Violation;
import java.util.Locale;

/** Creates the violation that reports a field that is not a gradient. */
final class Asymmetry {
    private Asymmetry() {}

    static Violation of(double asymmetry, double limit) {
        return Violation.of(
                "the asymmetric part of the Jacobian",
                String.format(
                        Locale.ROOT,
                        "must be at most %.2g of the whole, because a field that is not a gradient has no" + " density",
                        limit),
                String.format(Locale.ROOT, "%.2g", asymmetry),
                "check the {gradient}",
                "raise {asymmetryLimit}");
    }
}
