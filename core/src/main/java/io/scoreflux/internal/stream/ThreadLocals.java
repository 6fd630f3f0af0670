package io.scoreflux.internal.stream;

import io.micrometer.context.ContextSnapshotFactory;
import reactor.util.context.Context;

/** Sets thread-locals from Reactor's context for synchronous denoisers, if Micrometer's context propagation is on the class path. */
final class ThreadLocals {
    private static final boolean PRESENT = isPresent();

    private ThreadLocals() {}

    /** Runs a call while the thread-locals are set whose accessors find a value in the context. */
    static void with(Context context, Runnable call) {
        if (!PRESENT || context.isEmpty()) {
            call.run();
            return;
        }
        Propagation.FACTORY.captureFrom(context).wrap(call).run();
    }

    private static boolean isPresent() {
        try {
            Class.forName("io.micrometer.context.ContextSnapshotFactory");
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** Loaded only if the library is present. */
    private static final class Propagation {
        static final ContextSnapshotFactory FACTORY =
                ContextSnapshotFactory.builder().build();
    }
}
