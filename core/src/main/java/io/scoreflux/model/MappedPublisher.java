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

/** Answers that come later, changed on their way; demand and cancellation pass through. */
final class MappedPublisher {
    private MappedPublisher() {}

    /** What a supplier makes, made when it is subscribed to. */
    static <T> Publisher<T> of(Supplier<Publisher<T>> supplier) {
        return subscriber -> supplier.get().subscribe(subscriber);
    }

    /** One for one; a function that throws fails the publisher and cancels the one before. */
    static Publisher<double[]> mapped(Publisher<double[]> source, UnaryOperator<double[]> function) {
        return subscriber -> source.subscribe(InContext.mapped(subscriber, function));
    }

    /** An answer of as many numbers as were asked for. */
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
     * The same for a subscriber that has a context of Reactor's, such as credentials and traces: it reaches the denoiser through those who
     * subscribe only, so this one hands it on. A subscriber without one stays outside, as Reactor holds it to stricter rules.
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
