package io.scoreflux.internal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The values of headers, which may be secrets. No message shows text from a server that repeats one of them or a part of one. */
public final class Credentials {
    /** The maximum number of characters of text from a server in a message. */
    private static final int SHOWN = 200;

    private static final String LEFT_OUT = "(left out, as it repeats a header)";
    /** Consecutive letters and digits, which escaping does not change. Shorter runs may be ordinary words. */
    private static final Pattern TELLING = Pattern.compile("\\p{Alnum}{4}");

    /** The parts of the values that match the pattern. */
    private final List<String> parts = new ArrayList<>();

    /** Collects the secrets in the values of headers. */
    public Credentials(Collection<String> headers) {
        for (String header : headers) {
            String value = header.strip();
            // The scheme, as in "Bearer abc", is not secret.
            String secret = value.substring(value.indexOf(' ') + 1);
            TELLING.matcher(secret).results().map(MatchResult::group).forEach(parts::add);
        }
    }

    /** Returns the text, or a note that it is left out. */
    public String checked(String words) {
        return parts.stream().anyMatch(words::contains) ? LEFT_OUT : words;
    }

    /** Returns the first characters of text from a server, on one line. */
    public static String shown(String words) {
        String line = words.strip().replaceAll("[\\p{Cntrl}\\s]+", " ");
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...";
    }
}
