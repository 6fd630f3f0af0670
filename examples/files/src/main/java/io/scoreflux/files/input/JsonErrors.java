package io.scoreflux.files.input;

import io.scoreflux.files.text.UserError;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;

/** Describes errors in JSON without internal names of the parser. */
public final class JsonErrors {
    private static final Pattern NOT_FINITE = Pattern.compile("Non-standard token '([^']*)'");
    private static final Pattern TRAILING = Pattern.compile("Trailing token.*", Pattern.DOTALL);
    /** Hints at settings of the parser, and locations in an unknown source. */
    private static final Pattern OWN_PARTS = Pattern.compile(": enable `[^`]*` to allow"
            + "|, from `[^`]*`"
            + "|\\s*\\(not recognized as one since Feature '\\w+' not enabled for parser\\)"
            + "| \\(start marker at .*\\)");

    private JsonErrors() {}

    /** The error for a text. */
    static UserError invalid(String where, JacksonException e) {
        return new UserError(where + ": not valid JSON: " + plain(String.valueOf(e.getOriginalMessage())), e);
    }

    /** The error for a file, with the line if that is known. */
    public static UserError invalidFile(String file, JacksonException e) {
        boolean located = e.getLocation() != null && e.getLocation().getLineNr() > 0;
        return invalid(located ? file + ", line " + e.getLocation().getLineNr() : file, e);
    }

    private static String plain(String message) {
        Matcher notFinite = NOT_FINITE.matcher(message);
        if (notFinite.find()) {
            return "'" + notFinite.group(1) + "' is not a number; numbers must be finite";
        }
        if (TRAILING.matcher(message).matches()) {
            return "more text follows the end of the value; give one value";
        }
        return OWN_PARTS.matcher(message).replaceAll("");
    }
}
