package io.scoreflux.model;

import io.scoreflux.error.Violation;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Thrown if a trained network cannot be used or one of its calls fails. The message states what to do. */
public class ModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The kind of failure. */
    public enum Kind {
        /** The file does not exist or cannot be loaded: it is truncated, is not a model, or has an operator set unknown to the runtime. */
        UNREADABLE,
        /** The description of the model could not be read from the server. The cause has the reason. */
        UNREACHABLE,
        /** The server responded with a status that a retry does not change: no such model, no permission, a redirect, or an error. */
        REFUSED,
        /** The response of the server does not follow the protocol. */
        PROTOCOL,
        /** An input or output is missing, or an input has no value. */
        NAMES,
        /** A tensor has the wrong type. */
        TYPE,
        /** A tensor has the wrong shape. */
        SHAPE,
        /** A row or a call exceeds the memory limit, or a response is longer than the model allows. */
        TOO_LARGE,
        /** The runtime failed to execute a call. */
        CALL
    }

    private final Kind kind;
    private final String complaint;
    private final List<String> remedies;

    /**
     * Creates an exception.
     *
     * @param kind the kind of failure
     * @param message what failed and what to do; line breaks and control characters become spaces
     */
    public ModelException(Kind kind, String message, @Nullable Throwable cause) {
        this(kind, message, List.of(), cause);
    }

    /**
     * Creates an exception with remedies.
     *
     * @param kind the kind of failure
     * @param complaint what failed; line breaks and control characters become spaces
     * @param remedies what the caller can do, each a clause; settings in braces, as in {@link Violation}
     */
    public ModelException(Kind kind, String complaint, List<String> remedies, @Nullable Throwable cause) {
        super(message(line(complaint), remedies, bare -> bare), cause);
        this.kind = kind;
        this.complaint = line(complaint);
        this.remedies = List.copyOf(remedies);
    }

    private static String line(String text) {
        return text.strip().replaceAll("\\s*[\\p{Cntrl}\\u2028\\u2029]+\\s*", " ");
    }

    private static String message(String complaint, List<String> remedies, Function<String, @Nullable String> names) {
        List<String> named = new Violation("the model", "must fit", null, remedies)
                .named(names)
                .remedies();
        return named.isEmpty() ? complaint : complaint + "; " + String.join(", or ", named);
    }

    /**
     * Returns the message with the names that a front end uses for settings. A remedy is left out if it refers to a setting without a name
     * in the front end, as in {@link Violation#named}.
     *
     * @param names returns the front end's name of a setting from its identifier, or null if the setting has no name
     */
    public final String named(Function<String, @Nullable String> names) {
        return message(complaint, remedies, names);
    }

    /** Returns the kind of failure. */
    public final Kind kind() {
        return kind;
    }
}
