package io.scoreflux.service.api;

import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.service.Limits;
import io.scoreflux.spring.Model;
import io.scoreflux.spring.SolverSettings;
import io.scoreflux.state.Condition;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a request for samples of a model. The defaults are those of the command line.
 *
 * @param count number of samples, {@link #UNLIMITED} for a stream without end
 * @param from index of the first sample, at least 0
 * @param seed seed of the random numbers
 * @param solver the solver with its tolerance or budget
 * @param condition the condition of the samples with its weight of guidance, or null
 */
public record SampleQuery(
        long count,
        long from,
        long seed,
        SolverSettings solver,
        @Nullable Condition condition) {
    /** The count of a stream without end. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    /** The parameters of one sample. */
    private static final List<String> OF_SAMPLE =
            List.of("seed", "tolerance", "budget", "solver", "condition", "label", "negative", "guidance");

    private static final int MOST_GUIDANCE = 100;
    private static final String ENDLESS = "unlimited";

    /** Returns the names of the parameters of one sample, and further names. */
    public static List<String> names(String... further) {
        return Stream.concat(OF_SAMPLE.stream(), Stream.of(further)).sorted().toList();
    }

    /**
     * Reads the parameters.
     *
     * @throws RequestException with status 400
     */
    public static SampleQuery of(Parameters given, Limits limits, Model model) {
        return of(given, limits.maxCount(), model);
    }

    /** Reads the parameters, with a limit on the number of samples. */
    public static SampleQuery of(Parameters given, int maxCount, Model model) {
        long count = count(given, maxCount);
        long last = Long.MAX_VALUE - (count == UNLIMITED ? 0 : count);
        long from = given.whole("from", 0);
        if (from < 0 || from > last) {
            throw RequestException.invalid(
                    "from",
                    "from must be at least 0 and at most " + last + (count == UNLIMITED ? "" : " for count " + count)
                            + ", was " + from + "; it is the index of the first sample");
        }
        return new SampleQuery(count, from, given.whole("seed", 0), solver(given, model), condition(given, model));
    }

    /** Reads the parameters of one sample. */
    public static SampleQuery of(Parameters given, long index, Model model) {
        if (index < 0 || index == Long.MAX_VALUE) {
            throw RequestException.invalid(
                    "index", "index must be at least 0 and at most " + (Long.MAX_VALUE - 1) + ", was " + index);
        }
        return new SampleQuery(1, index, given.whole("seed", 0), solver(given, model), condition(given, model));
    }

    /** Reads the parameters for given rows. */
    static SampleQuery ofRows(Parameters given, int rows, Model model) {
        return new SampleQuery(rows, 0, 0, solver(given, model), condition(given, model));
    }

    private static long count(Parameters given, int maxCount) {
        if (given.is("count", ENDLESS)) {
            return UNLIMITED;
        }
        long count =
                given.whole("count", 16, "a whole number of at least 0 and at most " + maxCount + ", or " + ENDLESS);
        if (count < 0 || count > maxCount) {
            throw RequestException.invalid(
                    "count",
                    "count must be at least 0 and at most " + maxCount + ", or " + ENDLESS + ", was " + count
                            + "; divide a larger number into several requests with from");
        }
        return count;
    }

    private static SolverSettings solver(Parameters given, Model model) {
        SolverSettings usual = model.solver();
        boolean changed = given.has("solver") || given.has("tolerance") || given.has("budget");
        if (!changed) {
            return usual;
        }
        Double tolerance = given.has("tolerance") ? (Double) given.number("tolerance", 0) : null;
        Integer budget = given.has("budget") ? (Integer) given.integer("budget", 0) : null;
        SolverSettings asked = new SolverSettings(given.text("solver", usual.name()), tolerance, budget);
        try {
            asked.solver();
        } catch (IllegalArgumentException e) {
            throw RequestException.invalid(e);
        }
        return asked;
    }

    private static @Nullable Condition condition(Parameters given, Model model) {
        Condition own = named(given, "condition", model);
        if (given.has("label")) {
            if (own != null) {
                throw RequestException.invalid("label", "label must not be given with condition; give one of them");
            }
            long label = given.whole("label", 0);
            if (label < 0 || label > Integer.MAX_VALUE) {
                throw RequestException.invalid("label", "label must be the number of a class, was " + label);
            }
            own = Condition.label((int) label);
        }
        Condition other = named(given, "negative", model);
        if (own == null) {
            if (other != null || given.has("guidance")) {
                String name = other != null ? "negative" : "guidance";
                throw RequestException.invalid(
                        name, name + " must be given with condition or label; give both or neither");
            }
        } else {
            double guidance = given.number("guidance", 1);
            if (Math.abs(guidance) > MOST_GUIDANCE) {
                throw RequestException.invalid(
                        "guidance",
                        "guidance must be from -" + MOST_GUIDANCE + " to " + MOST_GUIDANCE + ", was " + guidance);
            }
            own = own.withNegative(other).withGuidance(guidance);
        }
        try {
            return DenoiserInfo.require(model.info(), own);
        } catch (IllegalArgumentException e) {
            String name = given.has("label") ? "label" : "condition";
            throw RequestException.invalid(name, name + " is not possible: " + e.getMessage());
        }
    }

    private static @Nullable Condition named(Parameters given, String parameter, Model model) {
        if (!given.has(parameter)) {
            return null;
        }
        String name = given.text(parameter, "");
        Map<String, Condition> known = model.conditions();
        Condition condition = known.get(name);
        if (condition == null) {
            throw RequestException.invalid(
                    parameter,
                    parameter + " must be "
                            + (known.isEmpty()
                                    ? "absent, as the model has no conditions"
                                    : "one of " + String.join(", ", known.keySet()))
                            + ", was '" + Parameters.echo(name) + "'; leave it out");
        }
        return condition;
    }

    /** Whether the stream has no end. */
    public boolean isUnlimited() {
        return count == UNLIMITED;
    }

    /** One more than the index of the last sample. */
    public long to() {
        return isUnlimited() ? Long.MAX_VALUE : from + count;
    }

    /**
     * The remaining query for a client that has already received samples of this response. Its count is 0 if the client has received all.
     *
     * @param lastEventIds the values of its {@code Last-Event-ID} header: empty, or the index of the last sample that it has received
     * @throws RequestException with status 400
     */
    SampleQuery after(List<String> lastEventIds) {
        if (lastEventIds.isEmpty() || count == 0) {
            return this;
        }
        long last = to() - 1;
        String given = String.join(", ", lastEventIds);
        Long had = Parameters.wholeOrNull(given);
        if (had != null && had >= from && had <= last) {
            return new SampleQuery(isUnlimited() ? UNLIMITED : last - had, had + 1, seed, solver, condition);
        }
        throw RequestException.invalid(
                "Last-Event-ID",
                "Last-Event-ID must be the index of a sample of this response, " + from + " to " + last + ", was '"
                        + Parameters.echo(given) + "'; leave it out to get all");
    }
}
