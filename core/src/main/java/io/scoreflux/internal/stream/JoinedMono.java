package io.scoreflux.internal.stream;

import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/**
 * One run of a source for all who wait at a time: it starts with the first of them, in that one's context without what is
 * {@link SubscriberScoped}'s, and is cancelled with the last. A
 * run that has ended is not kept. (Reactor's {@code share} loses a subscriber that comes while the last one goes.)
 */
public final class JoinedMono<T> extends Mono<T> {
    private final Mono<T> source;

    /** The present run, or null; under the lock of this. */
    private @Nullable Run<T> present;

    /** Runs a source that gives a value or fails. */
    public JoinedMono(Mono<T> source) {
        this.source = source;
    }

    private static final class Run<T> {
        final Sinks.One<T> result = Sinks.one();
        final Disposable.Swap running = Disposables.swap();
        int waiting;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        Run<T> fresh = new Run<>();
        Run<T> run;
        synchronized (this) {
            run = present == null ? fresh : present;
            present = run;
            run.waiting++;
        }
        AtomicBoolean left = new AtomicBoolean();
        run.result
                .asMono()
                .doOnCancel(() -> {
                    // A subscriber may cancel more than once (rule 3.7), and the hook runs each time.
                    if (left.compareAndSet(false, true)) {
                        leave(run);
                    }
                })
                .subscribe(actual);
        if (run == fresh) {
            try {
                run.running.update(source.contextWrite(shared(actual.currentContext()))
                        .subscribe(
                                value -> {
                                    detach(run);
                                    run.result.tryEmitValue(value);
                                },
                                error -> {
                                    detach(run);
                                    run.result.tryEmitError(error);
                                }));
            } catch (Throwable e) {
                // Otherwise its subscribers would receive no signal.
                detach(run);
                run.result.tryEmitError(e);
            }
        }
    }

    private static Context shared(Context of) {
        Context shared = of;
        for (Map.Entry<Object, Object> entry : of.stream().toList()) {
            if (entry.getKey() instanceof SubscriberScoped || entry.getValue() instanceof SubscriberScoped) {
                shared = shared.delete(entry.getKey());
            }
        }
        return shared;
    }

    private void leave(Run<T> run) {
        synchronized (this) {
            run.waiting--;
            if (run.waiting > 0) {
                return;
            }
            detach(run);
        }
        run.running.dispose();
    }

    private synchronized void detach(Run<T> run) {
        if (present == run) {
            present = null;
        }
    }
}
