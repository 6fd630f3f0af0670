package io.scoreflux.flink;

import java.util.function.BiConsumer;
import org.apache.flink.api.connector.source.SourceReader;
import reactor.core.scheduler.Schedulers;

/**
 * The threads that Reactor shares between all streams. If the job's jar contains its own copy of Reactor, they would hold the class loader of the
 * job
 * after its end.
 */
final class ReactorThreads {
    private static final String HOOK = "reactor";

    private ReactorThreads() {}

    /**
     * Ends the threads when Flink releases the class loader of the job. Does nothing if Reactor is on the class path of the cluster, where other
     * jobs use the same threads.
     *
     * @param registrar takes the name and the action of a hook
     */
    static void endWith(BiConsumer<String, Runnable> registrar) {
        if (Schedulers.class.getClassLoader() != SourceReader.class.getClassLoader()) {
            registrar.accept(HOOK, Schedulers::shutdownNow);
        }
    }
}
