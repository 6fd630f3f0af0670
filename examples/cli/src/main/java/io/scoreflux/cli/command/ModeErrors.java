package io.scoreflux.cli.command;

import io.scoreflux.cli.targets.PosteriorTarget;
import java.util.regex.Pattern;

/** Adds remedies for the command line to failures of the mode search and overflowing gradients. */
public final class ModeErrors {
    private static final String PLACE = "search of the mode: ";
    /** Remedies for an overflowing gradient that only a program can apply. */
    private static final Pattern OVERFLOW = Pattern.compile(": start nearer to the mode.*");
    /** What only a program can do. */
    private static final Pattern REMEDIES = Pattern.compile(
            "; give a preconditioner.*|; turn or scale.*|; check the gradient.*|\\. Check the gradient.*|; such a density is not.*");

    private ModeErrors() {}

    /** The message, with the target's remedy in place of the library's. */
    public static String describe(String message, PosteriorTarget target) {
        if (OVERFLOW.matcher(message).find()) {
            return OVERFLOW.matcher(message).replaceFirst("") + "; " + target.remedy();
        }
        return message.startsWith(PLACE)
                ? REMEDIES.matcher(message).replaceFirst("") + "; " + target.remedy()
                : message;
    }
}
