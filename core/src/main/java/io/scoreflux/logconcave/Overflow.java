package io.scoreflux.logconcave;

/** The message for a gradient that is not finite. */
final class Overflow {
    static final String REMEDY =
            "; an exponential has probably overflowed: start nearer to the mode, start(...), tighten the prior, or scale the coordinates";

    private Overflow() {}

    /**
     * The message for the first number that is not finite.
     *
     * @param point at which, or near which, gradients were evaluated
     * @param at the index of the first answer
     * @param numbers how many there are
     */
    static String message(double[] point, double[] answers, int at, int numbers, String where) {
        int first = 0;
        while (first < numbers - 1 && Double.isFinite(answers[at + first])) {
            first++;
        }
        int shown = Math.min(point.length, 8);
        StringBuilder place = new StringBuilder("[");
        for (int i = 0; i < shown; i++) {
            place.append(i == 0 ? "" : ", ").append(point[i]);
        }
        place.append(shown < point.length ? ", ...]" : "]");
        return "the gradient was NaN or infinite, or its row was left unwritten" + where + " " + place + ": coordinate "
                + first % point.length + " was " + answers[at + first] + REMEDY;
    }
}
