package io.scoreflux.diffusion;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A resource that is opened when it is first used. It may be closed, and opens again when it is used again. Thread-safe. */
final class OpenOnce<T extends AutoCloseable> implements AutoCloseable {
    private final Supplier<T> opener;
    private @Nullable T resource;

    OpenOnce(Supplier<T> opener) {
        this.opener = opener;
    }

    /** Returns the resource. */
    synchronized T get() {
        T open = resource;
        if (open == null) {
            open = opener.get();
            resource = open;
        }
        return open;
    }

    @Override
    public synchronized void close() {
        T open = resource;
        resource = null;
        if (open != null) {
            try {
                open.close();
            } catch (Exception e) {
                throw new IllegalStateException("a network could not be closed: " + e.getMessage(), e);
            }
        }
    }
}
