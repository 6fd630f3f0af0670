package io.scoreflux.flink;

import io.scoreflux.Sampler;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A sampler that the subtasks of one source or function share within a process. It is open while at least one of them uses it. */
final class SharedSampler implements AutoCloseable {
    /** The samplers of this process. Guards their numbers of users. */
    private static final Map<String, Shared> ALL = new HashMap<>();

    private final String id;
    private final Shared shared;
    private final Sampler sampler;

    private SharedSampler(String id, Shared shared, Sampler sampler) {
        this.id = id;
        this.shared = shared;
        this.sampler = sampler;
    }

    /** The sampler and its users. It stays in {@link #ALL} until it is closed, so that a new user waits for that. */
    private static final class Shared {
        /** Guarded by {@link #ALL}. */
        private int users;

        private @Nullable Sampler sampler;
        private @Nullable SamplerFactory opener;

        /** Opens the sampler unless it is open. Other users wait meanwhile, but not the users of other samplers. */
        synchronized Sampler open(SamplerFactory factory) throws Exception {
            Sampler open = sampler;
            if (open == null) {
                open = factory.open();
                sampler = open;
                opener = factory;
            }
            return open;
        }

        synchronized void closeUnlessUsed(String id) {
            synchronized (ALL) {
                if (users > 0) {
                    return; // Another user has come since.
                }
            }
            SamplerFactory factory = opener;
            sampler = null;
            opener = null;
            try {
                if (factory != null) {
                    factory.close();
                }
            } finally {
                synchronized (ALL) {
                    // A user who has come since then waits for this lock, and opens the sampler again.
                    if (users == 0) {
                        ALL.remove(id, this);
                    }
                }
            }
        }
    }

    /**
     * Opens the sampler, or joins its users.
     *
     * @param id identifies the sampler in this process
     * @param factory opens it if it is not open
     */
    static SharedSampler open(String id, SamplerFactory factory) throws Exception {
        Shared shared;
        synchronized (ALL) {
            shared = ALL.computeIfAbsent(id, any -> new Shared());
            shared.users++;
        }
        try {
            return new SharedSampler(id, shared, shared.open(factory));
        } catch (Throwable e) {
            release(id, shared);
            throw e;
        }
    }

    Sampler sampler() {
        return sampler;
    }

    /** Ends the use. The last user closes the sampler. To be called once. */
    @Override
    public void close() {
        release(id, shared);
    }

    private static void release(String id, Shared shared) {
        synchronized (ALL) {
            shared.users--;
        }
        shared.closeUnlessUsed(id);
    }
}
