package io.scoreflux.service;

import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.state.Condition;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.util.MultiValueMap;
import org.springframework.web.server.ResponseStatusException;

/**
 * The parameters of one request.
 *
 * @param count number of samples, from 0 to the service's limit
 * @param seed seed of the random numbers
 * @param from index of the first sample, at least 0
 * @param tolerance the intended error, relative to the target's radius, in [1e-14, 1)
 * @param condition the condition of the samples with its weight of guidance, or null
 */
record SampleQuery(
        int count,
        long seed,
        long from,
        double tolerance,
        @Nullable Condition condition) {
    private static final List<String> NAMES =
            List.of("count", "seed", "from", "tolerance", "condition", "negative", "guidance");
    private static final Pattern ANY = Pattern.compile(".+", Pattern.DOTALL);
    private static final int LONGEST_ECHO = 40;
    /** Stricter than Java's parsers, which also accept suffixes, hexadecimal digits, and digits of other scripts. */
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]+");

    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    /**
     * Reads the parameters of a URL. The defaults are those of the command line.
     *
     * @param target has the conditions that the URL names
     * @throws ResponseStatusException with status 400 and one line of text: the name, the rule, the value, what to do
     */
    static SampleQuery of(MultiValueMap<String, String> given, int maxCount, Target target) {
        for (String name : given.keySet()) {
            if (!NAMES.contains(name)) {
                throw refusal("parameters must be among " + String.join(", ", NAMES) + ", was " + echo(name)
                        + "; correct the name or leave it out");
            }
        }
        long count = read(given, "count", "16", WHOLE, "a whole number", Long::parseLong);
        if (count < 0 || count > maxCount) {
            throw refusal("count must be at least 0 and at most " + maxCount + ", was " + count
                    + "; divide a larger number into several requests with from");
        }
        long from = read(given, "from", "0", WHOLE, "a whole number", Long::parseLong);
        long last = Long.MAX_VALUE - count;
        if (from < 0 || from > last) {
            throw refusal("from must be at least 0 and at most " + last + " for count " + count + ", was " + from
                    + "; it is the index of the first sample");
        }
        double tolerance = read(given, "tolerance", "1e-4", DECIMAL, "a number", Double::parseDouble);
        if (!(tolerance >= 1e-14 && tolerance < 1)) {
            throw refusal("tolerance must be in [1e-14, 1), was " + tolerance
                    + "; it is relative to the data's radius, 1e-4 by default");
        }
        long seed = read(given, "seed", "0", WHOLE, "a whole number of 64 bits", Long::parseLong);
        return new SampleQuery((int) count, seed, from, tolerance, condition(given, target));
    }

    private static @Nullable Condition condition(MultiValueMap<String, String> given, Target target) {
        Condition own = named(given, "condition", target);
        Condition other = named(given, "negative", target);
        double guidance = read(given, "guidance", "1", DECIMAL, "a number", Double::parseDouble);
        if (own == null) {
            if (other != null || given.containsKey("guidance")) {
                throw refusal((other != null ? "negative" : "guidance") + " must be given with condition; give both or"
                        + " neither");
            }
        } else {
            own = own.withNegative(other).withGuidance(guidance);
        }
        try {
            return DenoiserInfo.require(target.denoiser(), own);
        } catch (IllegalArgumentException e) {
            throw refusal("condition is not possible: " + e.getMessage());
        }
    }

    private static @Nullable Condition named(MultiValueMap<String, String> given, String parameter, Target target) {
        if (!given.containsKey(parameter)) {
            return null;
        }
        String name = read(given, parameter, "none", ANY, "a name", text -> text);
        Condition known = target.conditions().get(name);
        if (known == null) {
            List<String> names = target.conditions().keySet().stream().sorted().toList();
            throw refusal(parameter + " must be "
                    + (names.isEmpty()
                            ? "absent, as the target has no conditions"
                            : "one of " + String.join(", ", names))
                    + ", was '" + echo(name) + "'; leave it out");
        }
        return known;
    }

    /**
     * The remaining query for a client that has already received samples of this response. Its count is 0 if the client has received all.
     *
     * @param lastEventIds the values of its {@code Last-Event-ID} header: empty, or the index of the last sample that it has received
     * @throws ResponseStatusException with status 400 and one line of text: the name, the rule, the value, what to do
     */
    SampleQuery after(List<String> lastEventIds) {
        if (lastEventIds.isEmpty() || count == 0) {
            return this;
        }
        long last = from + count - 1;
        String given = String.join(", ", lastEventIds);
        try {
            if (WHOLE.matcher(given).matches()) {
                long had = Long.parseLong(given);
                if (had >= from && had <= last) {
                    return new SampleQuery((int) (last - had), seed, had + 1, tolerance, condition);
                }
            }
        } catch (NumberFormatException e) {
            // It has more digits than a long, and is rejected like any other invalid value.
        }
        throw refusal("Last-Event-ID must be the index of a sample of this response, " + from + " to " + last
                + ", was '" + echo(given) + "'; leave it out to get all");
    }

    private static <T> T read(
            MultiValueMap<String, String> given,
            String name,
            String usual,
            Pattern form,
            String kind,
            Function<String, T> parse) {
        List<String> values = given.getOrDefault(name, List.of(usual));
        if (values.size() > 1) {
            throw refusal(name + " must be given once, was given " + values.size() + " times; give one");
        }
        // Null if the parameter has no value.
        String value = Objects.requireNonNullElse(values.get(0), "");
        try {
            if (form.matcher(value).matches()) {
                return parse.apply(value);
            }
        } catch (NumberFormatException e) {
            // It has the right form, but more digits than its type, and is rejected like any other invalid value.
        }
        throw refusal(name + " must be " + kind + ", was '" + echo(value) + "'; " + usual + " is the default");
    }

    /** The start of a client's text, for messages. */
    static String echo(String text) {
        return text.length() <= LONGEST_ECHO ? text : text.substring(0, LONGEST_ECHO) + "...";
    }

    private static ResponseStatusException refusal(String line) {
        return new ResponseStatusException(HttpStatus.BAD_REQUEST, line);
    }
}
