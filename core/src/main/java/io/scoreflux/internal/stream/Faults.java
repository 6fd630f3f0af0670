package io.scoreflux.internal.stream;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Routes throwables to their receivers; see docs/engine.md. */
final class Faults {
    /**
     * Classes that are loaded with this one, because there may be no memory to load them when they are needed. Reactor's subscribers need
     * the last one.
     */
    private static final List<Object> NEEDED =
            List.of(WrappedException.class, SchedulerGoneException.class, Operators.cancelledSubscription());

    private Faults() {}

    /** Loads the classes needed to handle a fault. */
    static void prepare() {
        Objects.requireNonNull(NEEDED);
    }

    /** Passes an error that has no receiver to Reactor's {@code onErrorDropped} hook. Never throws, even if the hook does. */
    static void drop(Throwable e) {
        drop(e, Context.empty());
    }

    /** Like {@link #drop(Throwable)}, with the hook of a subscriber's context, if it has one. */
    static void drop(Throwable e, Context context) {
        try {
            Operators.onErrorDropped(e, context);
        } catch (Throwable thrown) {
            // The hook may throw to report the error; there is nothing else to do.
        }
    }

    /** Runs an action and drops what it throws. */
    static void quietly(Runnable action) {
        try {
            action.run();
        } catch (Throwable e) {
            drop(e);
        }
    }

    /** Returns whether an error affects more than the rows of a call, as errors of the virtual machine and the linker do. */
    static boolean isFatal(Throwable e) {
        return e instanceof VirtualMachineError || e instanceof LinkageError;
    }

    /**
     * Wraps an error that Reactor's operators consider fatal. They would rethrow it on the current thread, and downstream would receive no
     * signal.
     */
    static Throwable wrap(Throwable e) {
        return Exceptions.isFatal(e) ? new WrappedException(e) : e;
    }

    /** Returns the wrapped error, or the error itself. */
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
