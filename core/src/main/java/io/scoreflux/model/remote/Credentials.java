package io.scoreflux.model.remote;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Values of headers, which may be secrets: words of a server that repeat one, or a part of one, are told to nobody. */
final class Credentials {
    private static final String LEFT_OUT = "(left out, as it repeats a header)";
    /** Letters and digits in a row, which no escaping changes; fewer may be words of their own. */
    private static final Pattern TELLING = Pattern.compile("\\p{Alnum}{4}");

    /** Such parts of the values. */
    private final List<String> parts = new ArrayList<>();

    Credentials(Collection<String> headers) {
        for (String header : headers) {
            String value = header.strip();
            // The scheme, as in "Bearer abc", is no secret.
            String secret = value.substring(value.indexOf(' ') + 1);
            TELLING.matcher(secret).results().map(MatchResult::group).forEach(parts::add);
        }
    }

    /** The words, or that they are left out. */
    String checked(String words) {
        return parts.stream().anyMatch(words::contains) ? LEFT_OUT : words;
    }
}
