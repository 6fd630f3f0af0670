package io.scoreflux.cli;

import java.util.regex.Pattern;

/** Says what to do on the command line where the search of the mode fails. */
final class ModeErrors {
    private static final String PLACE = "search of the mode: ";
    /** What only a program can do. */
    private static final Pattern REMEDIES = Pattern.compile(
            "; give a preconditioner.*|; check the gradient.*|\\. Check the gradient.*|; such a density is not.*");

    private ModeErrors() {}

    /** The message, with the target's remedy in place of the library's. */
    static String describe(String message, PosteriorTarget target) {
        return message.startsWith(PLACE)
                ? REMEDIES.matcher(message).replaceFirst("") + "; " + target.remedy()
                : message;
    }
}
