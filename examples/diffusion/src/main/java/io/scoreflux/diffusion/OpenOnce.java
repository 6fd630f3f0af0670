package io.scoreflux.diffusion;

import io.scoreflux.error.InvalidConfigurationException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A resource that is opened when it is first used. {@link #release} and {@link #close} wait for running uses, because a native resource must not
 * be freed while a call of it runs. Thread-safe.
 */
final class OpenOnce<T extends AutoCloseable> implements AutoCloseable {
    private final Supplier<T> opener;
    /** Uses hold the read lock, and {@link #release} and {@link #close} the write lock. */
    private final ReadWriteLock inUse = new ReentrantReadWriteLock();

    private @Nullable T resource;
    private boolean closed;

    OpenOnce(Supplier<T> opener) {
        this.opener = opener;
    }

    /**
     * Applies a function to the resource, which stays open until the function returns.
     *
     * @throws IllegalStateException if the resource was closed
     */
    <R> R use(Function<? super T, R> function) {
        inUse.readLock().lock();
        try {
            return function.apply(opened());
        } finally {
            inUse.readLock().unlock();
        }
    }

    private synchronized T opened() {
        if (closed) {
            throw new InvalidConfigurationException(
                    "the pipeline", "must be open to be used", "closed", "open it again");
        }
        T open = resource;
        if (open == null) {
            open = opener.get();
            resource = open;
        }
        return open;
    }

    /** Closes the resource. It opens again at the next use. */
    void release() {
        end(false);
    }

    /** Closes the resource for ever. */
    @Override
    public void close() {
        end(true);
    }

    private void end(boolean forEver) {
        inUse.writeLock().lock();
        try {
            T open = ended(forEver);
            if (open != null) {
                open.close();
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("a network could not be closed: " + e.getMessage(), e);
        } finally {
            inUse.writeLock().unlock();
        }
    }

    private synchronized @Nullable T ended(boolean forEver) {
        T open = resource;
        resource = null;
        closed |= forEver;
        return open;
    }

    /** Runs all actions, even if some of them throw, and then throws the first exception with the others suppressed. */
    static void all(Runnable... actions) {
        RuntimeException first = null;
        for (Runnable action : actions) {
            try {
                action.run();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
