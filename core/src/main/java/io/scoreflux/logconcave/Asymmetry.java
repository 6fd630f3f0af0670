package io.scoreflux.logconcave;

import java.util.Locale;

/** What is said of a field that is no gradient. */
final class Asymmetry {
    private Asymmetry() {}

    static String message(double asymmetry, double limit) {
        return String.format(
                Locale.ROOT,
                "the field is no gradient: the asymmetric part of its Jacobian is %.2g of the whole, more than the limit %.2g;"
                        + " a field that circulates has no density. Check the gradient, or raise asymmetryLimit",
                asymmetry,
                limit);
    }
}
