package io.scoreflux.internal.stream;

import org.jspecify.annotations.Nullable;

/**
 * An element of a {@link LinkedQueue}, with a link to the next element.
 *
 * @param <T> the type of the elements
 */
interface Linked<T> {
    /** Returns the next element, or null. */
    @Nullable
    T next();

    /** Sets the next element. Called by the queue only. */
    void next(@Nullable T next);
}
