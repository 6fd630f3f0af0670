package io.scoreflux.stream;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Where what is thrown goes; docs/engine.md has the rule. */
final class Faults {
    /** Loaded with this class: where they are needed there may be no memory to load them. Reactor's subscribers need the last. */
    private static final List<Object> NEEDED =
            List.of(WrappedException.class, SchedulerGoneException.class, Operators.cancelledSubscription());

    private Faults() {}

    /** Loads what handling a fault takes. */
    static void prepare() {
        Objects.requireNonNull(NEEDED);
    }

    /** Hands what nobody can receive to Reactor's hook for dropped errors. Throws nothing, whatever the hook does. */
    static void drop(Throwable e) {
        drop(e, Context.empty());
    }

    /** The same with the hook that a subscriber's context may hold. */
    static void drop(Throwable e, Context context) {
        try {
            Operators.onErrorDropped(e, context);
        } catch (Throwable thrown) {
            // The hook's own way to report it; there is no other.
        }
    }

    /** Runs what concerns nobody here, and drops what it throws. */
    static void quietly(Runnable action) {
        try {
            action.run();
        } catch (Throwable e) {
            drop(e);
        }
    }

    /** Whether an error concerns more than the rows of a call: the virtual machine or its linker fails. */
    static boolean isFatal(Throwable e) {
        return e instanceof VirtualMachineError || e instanceof LinkageError;
    }

    /**
     * An error in a form that passes through Reactor's operators as a value. They throw what they take for fatal on whatever thread they
     * are, and then nobody downstream gets a signal.
     */
    static Throwable wrap(Throwable e) {
        return Exceptions.isFatal(e) ? new WrappedException(e) : e;
    }

    /** What was enclosed, or the error itself. */
    static Throwable unwrap(Throwable e) {
        Throwable cause = e instanceof WrappedException ? e.getCause() : null;
        return cause == null ? e : cause;
    }

    static boolean isWrapped(@Nullable Throwable e) {
        return e instanceof WrappedException;
    }

    private static final class WrappedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        WrappedException(Throwable cause) {
            super(null, cause, false, false);
        }
    }
}
