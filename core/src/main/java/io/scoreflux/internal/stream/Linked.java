package io.scoreflux.internal.stream;

import org.jspecify.annotations.Nullable;

/**
 * An element of a {@link LinkedQueue}: it has the link to the element after it.
 *
 * @param <T> the class of the elements
 */
interface Linked<T> {
    /** The element after this one, or null. */
    @Nullable
    T next();

    /** Sets the element after this one; for the queue only. */
    void next(@Nullable T next);
}
