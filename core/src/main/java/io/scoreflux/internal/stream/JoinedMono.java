package io.scoreflux.internal.stream;

import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/**
 * A mono that shares one run of its source among all subscribers that wait at the same time. The run starts with the first subscriber, in
 * its context without entries that are {@link SubscriberScoped}. The run is cancelled when the last subscriber cancels. After a run has
 * ended, the next subscriber starts another. (Reactor's {@code share} loses a subscriber that arrives while the last one cancels.)
 */
public final class JoinedMono<T> extends Mono<T> {
    private final Mono<T> source;

    /** The current run, or null. Guarded by {@code this}. */
    private @Nullable Run<T> present;

    /** Creates a mono of a source that emits a value or fails. */
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
                // Known before the source starts, because a source may compute while it is subscribed to.
                BaseSubscriber<T> shared = new Shared(run);
                run.running.update(shared);
                source.contextWrite(shared(actual.currentContext())).subscribe(shared);
            } catch (Throwable e) {
                // Otherwise its subscribers would receive no signal.
                detach(run);
                run.result.tryEmitError(e);
            }
        }
    }

    /** Passes the result of a run on to its subscribers. */
    private final class Shared extends BaseSubscriber<T> {
        private final Run<T> run;

        Shared(Run<T> run) {
            this.run = run;
        }

        @Override
        protected void hookOnNext(T value) {
            detach(run);
            run.result.tryEmitValue(value);
        }

        @Override
        protected void hookOnError(Throwable error) {
            detach(run);
            run.result.tryEmitError(error);
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
