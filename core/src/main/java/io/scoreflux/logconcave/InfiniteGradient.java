package io.scoreflux.logconcave;

import io.scoreflux.error.Violation;

/** Creates violations that report a gradient that is not finite. */
final class InfiniteGradient {
    private InfiniteGradient() {}

    /**
     * Returns the violation of the first number that is not finite.
     *
     * @param point the point at which, or near which, gradients were evaluated
     * @param at the index of the first number
     * @param numbers how many there are
     */
    static Violation of(double[] point, double[] answers, int at, int numbers, String where) {
        int first = 0;
        while (first < numbers - 1 && Double.isFinite(answers[at + first])) {
            first++;
        }
        return of("the gradient", answers[at + first] + " in coordinate " + first % point.length + where, point);
    }

    /** Returns the violation of another quantity that overflows. */
    static Violation of(String what, String value, double[] point) {
        int shown = Math.min(point.length, 8);
        StringBuilder place = new StringBuilder("[");
        for (int i = 0; i < shown; i++) {
            place.append(i == 0 ? "" : ", ").append(Violation.text(point[i]));
        }
        place.append(shown < point.length ? ", ...]" : "]");
        return Violation.of(
                what,
                "must be finite",
                value + " " + place + ", where an exponential has probably overflowed",
                "choose an {initialState} nearer to the mode",
                "tighten the {prior}",
                "scale the {coordinates}");
    }
}
