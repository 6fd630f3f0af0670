package io.scoreflux.flink;

import io.scoreflux.Request;
import io.scoreflux.Sample;
import io.scoreflux.internal.stream.SchedulerEnd;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SignalType;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Draws one sample for each request of a stream, for
 * {@link org.apache.flink.streaming.api.datastream.AsyncDataStream}{@code .orderedWait(requests, new SampleAsyncFunction(factory), ...)} or
 * {@code .unorderedWait(...)}. Their {@code capacity} bounds the requests in progress of a subtask. After a failure Flink repeats the requests
 * that were in progress, with the same samples.
 *
 * <p>Requests that wait are computed together: the sampler gets all of them in one stream. If the sampler has a
 * {@link io.scoreflux.stream.Gateway}, requests that arrive later join the calls, and all subtasks of a task manager share them; the gateway's
 * {@code maxInFlight} bounds the calls. Otherwise the model is called on a thread of the subtask, and later requests form the next stream. For
 * {@code unorderedWait}, set {@link io.scoreflux.stream.Order#AS_READY} on the sampler, so that no sample waits for another.
 *
 * <p>A failed sample is a result like any other. A request whose sample the sampler skips has no result. A failed stream fails the task. The
 * stream of requests has the type {@link SampleTypes#REQUEST}.
 */
public final class SampleAsyncFunction extends RichAsyncFunction<Request, Sample>
        implements ResultTypeQueryable<Sample> {
    private static final long serialVersionUID = 1L;

    private final SamplerFactory factory;
    /** Identifies the sampler in each process. */
    private final String id = UUID.randomUUID().toString();

    private transient @Nullable Work work;

    /**
     * Creates the function.
     *
     * @throws IllegalArgumentException if the factory is not serializable
     */
    public SampleAsyncFunction(SamplerFactory factory) {
        this.factory = Objects.requireNonNull(factory, "factory");
        SampleSource.requireSerializable(factory);
    }

    @Override
    public TypeInformation<Sample> getProducedType() {
        return SampleTypes.SAMPLE;
    }

    @Override
    public void open(OpenContext context) throws Exception {
        ReactorThreads.endWith(getRuntimeContext()::registerUserCodeClassLoaderReleaseHookIfAbsent);
        work = new Work(SharedSampler.open(id, factory), Schedulers.newSingle("requests", true));
    }

    @Override
    public void asyncInvoke(Request request, ResultFuture<Sample> result) {
        // A new object: several results may belong to equal requests, or to one object.
        Request own = new Request(request.seed(), request.index(), request.tolerance(), request.condition());
        Objects.requireNonNull(work, "the function is not open").add(new Job(own, result));
    }

    @Override
    public void close() {
        Work now = work;
        work = null;
        if (now != null) {
            now.close();
        }
    }

    private record Job(Request request, ResultFuture<Sample> result) {}

    /** The requests of an open function. */
    private static final class Work implements AutoCloseable {
        private final SharedSampler shared;
        private final Scheduler scheduler;
        private final Queue<Job> waiting = new ConcurrentLinkedQueue<>();
        /** The number of jobs that were added since the worker began its present round. The first one starts the worker. */
        private final AtomicInteger added = new AtomicInteger();

        private final Disposable.Composite streams = Disposables.composite();

        Work(SharedSampler shared, Scheduler scheduler) {
            this.shared = shared;
            this.scheduler = scheduler;
        }

        void add(Job job) {
            waiting.add(job);
            if (added.getAndIncrement() == 0) {
                scheduler.schedule(this::drain);
            }
        }

        private void drain() {
            int seen = added.get();
            do {
                Batch batch = new Batch();
                for (Job job = waiting.poll(); job != null; job = waiting.poll()) {
                    batch.add(job);
                }
                if (!batch.requests.isEmpty()) {
                    batch.start();
                }
                seen = added.addAndGet(-seen);
            } while (seen > 0);
        }

        @Override
        public void close() {
            streams.dispose();
            try {
                SchedulerEnd.await(scheduler);
            } finally {
                shared.close();
            }
        }

        /** Requests that are computed as one stream. Its results arrive on one thread at a time. */
        private final class Batch extends BaseSubscriber<Sample> {
            private final List<Request> requests = new ArrayList<>();
            private final IdentityHashMap<Request, ResultFuture<Sample>> open = new IdentityHashMap<>();

            void add(Job job) {
                requests.add(job.request());
                open.put(job.request(), job.result());
            }

            void start() {
                // Added before it computes, so that closing can cancel it.
                streams.add(this);
                // Deferred, so that whatever fails reaches the results.
                Flux.defer(() -> shared.sampler().samples(Flux.fromIterable(requests)))
                        .subscribe(this);
            }

            @Override
            protected void hookOnNext(Sample sample) {
                Request request = Objects.requireNonNull(sample.getRequest());
                complete(Objects.requireNonNull(open.remove(request)), List.of(sample));
            }

            @Override
            protected void hookOnError(Throwable failure) {
                if (!streams.isDisposed()) {
                    open.values().forEach(result -> result.completeExceptionally(failure));
                }
            }

            @Override
            protected void hookOnComplete() {
                open.values().forEach(result -> complete(result, List.of()));
            }

            @Override
            protected void hookFinally(SignalType type) {
                streams.remove(this);
            }

            private void complete(ResultFuture<Sample> result, List<Sample> samples) {
                if (streams.isDisposed()) {
                    return;
                }
                try {
                    result.complete(samples);
                } catch (RejectedExecutionException e) {
                    // The task stops with a savepoint, which has the requests. It accepts no results any more.
                    streams.dispose();
                }
            }
        }
    }
}
