package io.scoreflux.model;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.state.Rows;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.util.context.Context;

/** Publishers that transform the values of an asynchronous denoiser. Demand and cancellation pass through. */
final class MappedPublisher {
    private MappedPublisher() {}

    /** Creates a publisher on each subscription. */
    static <T> Publisher<T> of(Supplier<Publisher<T>> supplier) {
        return subscriber -> supplier.get().subscribe(subscriber);
    }

    /** Applies a function to each element. If the function throws, the source is cancelled and the publisher fails. */
    static Publisher<double[]> mapped(Publisher<double[]> source, UnaryOperator<double[]> function) {
        return subscriber -> source.subscribe(InContext.mapped(subscriber, function));
    }

    /** Checks that there are values for exactly the requested rows. */
    static void requireLength(double[] answers, Rows asked) {
        int length = asked.count() * asked.dimension();
        if (answers.length != length) {
            throw new InvalidConfigurationException(
                    "the denoiser's answer",
                    "must have " + length + " numbers, " + asked.count() + " rows of " + asked.dimension(),
                    answers.length);
        }
    }

    private static class Mapped implements Subscriber<double[]> {
        private final Subscriber<? super double[]> downstream;
        private final UnaryOperator<double[]> function;
        private @Nullable Subscription upstream;
        private boolean ended;

        Mapped(Subscriber<? super double[]> downstream, UnaryOperator<double[]> function) {
            this.downstream = downstream;
            this.function = function;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            upstream = subscription;
            downstream.onSubscribe(subscription);
        }

        @Override
        public void onNext(double[] answers) {
            if (ended) {
                return;
            }
            double[] changed;
            try {
                changed = function.apply(answers);
            } catch (RuntimeException e) {
                Objects.requireNonNull(upstream).cancel();
                onError(e);
                return;
            }
            downstream.onNext(changed);
        }

        @Override
        public void onError(Throwable error) {
            if (!ended) {
                ended = true;
                downstream.onError(error);
            }
        }

        @Override
        public void onComplete() {
            if (!ended) {
                ended = true;
                downstream.onComplete();
            }
        }
    }

    /**
     * Also passes Reactor's context (such as credentials and traces) on to the denoiser, which sees only the context of its direct subscriber.
     * A subscriber without a context gets a plain {@link Mapped}, because Reactor applies stricter rules to subscribers of other libraries.
     */
    private static final class InContext extends Mapped implements CoreSubscriber<double[]> {
        private final CoreSubscriber<? super double[]> known;

        private InContext(CoreSubscriber<? super double[]> known, UnaryOperator<double[]> function) {
            super(known, function);
            this.known = known;
        }

        static Mapped mapped(Subscriber<? super double[]> downstream, UnaryOperator<double[]> function) {
            return downstream instanceof CoreSubscriber<? super double[]> known
                    ? new InContext(known, function)
                    : new Mapped(downstream, function);
        }

        @Override
        public Context currentContext() {
            return known.currentContext();
        }
    }
}
