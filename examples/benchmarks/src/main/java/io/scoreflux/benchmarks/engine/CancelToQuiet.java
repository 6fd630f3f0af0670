package io.scoreflux.benchmarks.engine;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Moments;
import io.scoreflux.state.Rows;
import io.scoreflux.stream.Gateway;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Counts calls that begin after another thread has cancelled a stream while a call was in flight. */
final class CancelToQuiet {
    private static final long SEED = 7;
    private static final int WIDTH = 8;

    private CancelToQuiet() {}

    /** The origin of calls. */
    enum Calls {
        /** A private gateway, on the requesting thread. */
        ON_CALLER {
            @Override
            long after(Workload workload, long cancelAt) {
                Cancelling stream = new Cancelling(cancelAt);
                workload.with(new ObservedDenoiser(workload.denoiser(), stream))
                        .sampler()
                        .concurrency(WIDTH)
                        .build()
                        .samples()
                        .subscribe(stream.subscriber);
                // The stream ran on this thread, so it has ended.
                return stream.after();
            }
        },
        /** A gateway on a scheduler. */
        ON_SCHEDULER {
            @Override
            long after(Workload workload, long cancelAt) {
                Cancelling stream = new Cancelling(cancelAt);
                Scheduler scheduler = Schedulers.newSingle("calls");
                try {
                    Gateway gateway = Gateway.builder(new ObservedDenoiser(workload.denoiser(), stream), scheduler)
                            .build();
                    workload.sampler(gateway)
                            .concurrency(WIDTH)
                            .build()
                            .samples()
                            .subscribe(stream.subscriber);
                    stream.cancelled.join();
                    // The first task runs after the call in flight, the second after all tasks that this call has
                    // scheduled.
                    Mono.empty().subscribeOn(scheduler).block();
                    Mono.empty().subscribeOn(scheduler).block();
                    return stream.after();
                } finally {
                    scheduler.dispose();
                }
            }
        },
        /** An asynchronous model, which records whether the call in flight is cancelled. */
        ASYNCHRONOUS {
            @Override
            long after(Workload workload, long cancelAt) {
                Answering model = new Answering(workload);
                BaseSubscriber<Sample> subscriber = new BaseSubscriber<>() {};
                Sampler sampler = workload.sampler(Gateway.builder(model).build())
                        .concurrency(WIDTH)
                        .build();
                sampler.samples().subscribe(subscriber);
                while (model.calls < cancelAt) {
                    model.answer();
                }
                subscriber.cancel();
                if (!model.givenUp) {
                    throw new IllegalStateException("the call in flight was not cancelled");
                }
                model.answer();
                return model.calls - cancelAt;
            }
        };

        /**
         * Cancels while call number {@code cancelAt} is in flight.
         *
         * @return the number of calls that begin afterwards
         */
        abstract long after(Workload workload, long cancelAt);
    }

    /** Counts calls, and cancels the stream from another thread during one of them. */
    private static final class Cancelling implements Consumer<Rows> {
        final BaseSubscriber<Sample> subscriber = new BaseSubscriber<>() {};
        final CompletableFuture<Void> cancelled = new CompletableFuture<>();
        private final long cancelAt;
        private final AtomicLong calls = new AtomicLong();

        Cancelling(long cancelAt) {
            this.cancelAt = cancelAt;
        }

        @Override
        public void accept(Rows rows) {
            if (calls.incrementAndGet() == cancelAt) {
                CompletableFuture.runAsync(subscriber::cancel).join();
                cancelled.complete(null);
            }
        }

        long after() {
            return calls.get() - cancelAt;
        }
    }

    /** A model that completes its only call in flight on request. Not thread-safe. */
    private static final class Answering implements AsyncDenoiser {
        private final Workload workload;
        private long calls;
        private boolean givenUp;
        private Runnable answer = () -> {};

        Answering(Workload workload) {
            this.workload = workload;
        }

        @Override
        public int dimension() {
            return workload.denoiser().dimension();
        }

        @Override
        public Optional<Moments> moments() {
            return workload.denoiser().moments();
        }

        @Override
        public Publisher<double[]> denoise(Rows in) {
            return Mono.create((MonoSink<double[]> sink) -> {
                calls++;
                sink.onCancel(() -> givenUp = true);
                answer = () -> {
                    double[] answers = new double[in.count() * in.dimension()];
                    workload.denoiser().denoise(in, answers);
                    sink.success(answers);
                };
            });
        }

        void answer() {
            answer.run();
        }
    }

    /** One line for each origin: the maximum number of calls that began afterwards, over cancellations at random calls. */
    static List<String> table(Workload workload, int trials, int mostCalls) {
        TextTable table = new TextTable(1, "calls", "cancellations", "most calls afterwards");
        for (Calls way : Calls.values()) {
            SplittableRandom random = new SplittableRandom(SEED);
            long most = 0;
            for (int i = 0; i < trials; i++) {
                most = Math.max(most, way.after(workload, 1 + random.nextInt(mostCalls)));
            }
            table.row(
                    way.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    Integer.toString(trials),
                    Long.toString(most));
        }
        return table.lines();
    }
}
