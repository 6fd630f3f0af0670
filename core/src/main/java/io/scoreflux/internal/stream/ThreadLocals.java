package io.scoreflux.internal.stream;

import io.micrometer.context.ContextSnapshotFactory;
import reactor.util.context.Context;

/** Shows a synchronous denoiser what Reactor's context holds for thread-locals, where Micrometer's context propagation is present. */
final class ThreadLocals {
    private static final boolean PRESENT = isPresent();

    private ThreadLocals() {}

    /** Runs with those thread-locals set whose accessors find a value in the context. */
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

    /** Loaded only where the library is. */
    private static final class Propagation {
        static final ContextSnapshotFactory FACTORY =
                ContextSnapshotFactory.builder().build();
    }
}
