package io.scoreflux.internal.stream;

import java.util.AbstractQueue;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A queue that is linked through its elements. Adding and removing elements allocates nothing and therefore cannot fail. By contrast, an
 * {@code ArrayDeque} that fails to grow appears to be empty and has lost its elements. Not thread-safe.
 *
 * @param <T> the type of the elements; an element may be in at most one queue at a time, and only once
 */
final class LinkedQueue<T extends Linked<T>> extends AbstractQueue<T> {
    private @Nullable T first;
    private @Nullable T last;
    private int size;

    @Override
    public boolean offer(T element) {
        T before = last;
        element.next(null);
        last = element;
        if (before == null) {
            first = element;
        } else {
            before.next(element);
        }
        size++;
        return true;
    }

    @Override
    public @Nullable T peek() {
        return first;
    }

    @Override
    public @Nullable T poll() {
        T element = first;
        if (element != null) {
            unlink(null, element);
        }
        return element;
    }

    /** Returns the element that was added last, or null. */
    @Nullable
    T last() {
        return last;
    }

    /** Moves all elements of another queue to the end of this one. */
    void takeAll(LinkedQueue<T> other) {
        T element;
        while ((element = other.poll()) != null) {
            offer(element);
        }
    }

    @Override
    public boolean remove(@Nullable Object what) {
        T before = null;
        for (T element = first; element != null; element = element.next()) {
            if (element == what) {
                unlink(before, element);
                return true;
            }
            before = element;
        }
        return false;
    }

    private void unlink(@Nullable T before, T element) {
        T after = element.next();
        if (before == null) {
            first = after;
        } else {
            before.next(after);
        }
        if (after == null) {
            last = before;
        }
        element.next(null);
        size--;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Iterator<T> iterator() {
        return new Iterator<>() {
            private @Nullable T upcoming = first;

            @Override
            public boolean hasNext() {
                return upcoming != null;
            }

            @Override
            public T next() {
                T element = upcoming;
                if (element == null) {
                    throw new NoSuchElementException();
                }
                upcoming = element.next();
                return element;
            }
        };
    }
}
