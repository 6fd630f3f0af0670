package io.scoreflux.flink;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.stream.SchedulerEnd;
import io.scoreflux.stream.Order;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.scheduler.Scheduler;

/**
 * Emits the samples of its splits, in the order of the splits. At most {@code readAhead} samples are requested from the sampler and not
 * emitted, or one if Flink asks for a sample and {@code readAhead} is 0. They belong to at most two splits, so that the next split can begin
 * while the last samples of the current one are computed, and other readers find splits too.
 *
 * <p>Flink's task thread calls all methods. A synchronous denoiser is called on a thread of the reader, so that checkpoints need not wait for
 * it. Only {@link SplitStream#queue}, its end, and {@link #available} are shared between the threads.
 */
final class SampleReader implements SourceReader<Sample, SampleSplit> {
    /** Demand is renewed when this part of the read-ahead has been emitted. */
    private static final int PARTS = 4;

    /** A reader that took as many splits as its read-ahead holds would leave too few for the others in a small run. */
    private static final int MOST_STREAMS = 2;

    private static final CompletableFuture<Void> NOW = CompletableFuture.completedFuture(null);

    private final SourceReaderContext context;
    private final Opening opening;
    private final int readAhead;
    private final Scheduler scheduler;
    private final Counter emitted;
    /** Splits whose streams have not been opened. */
    private final Deque<SampleSplit> waiting = new ArrayDeque<>();
    /** Streams whose samples have not all been emitted; the first one is emitted now. */
    private final Deque<SplitStream> streams = new ArrayDeque<>();

    /** Completed when {@link #pollNext} may have something to do. Written by the task thread. */
    private volatile CompletableFuture<Void> available = new CompletableFuture<>();

    private @Nullable SharedSampler shared;
    /** The number of samples that are requested and not emitted. */
    private long pending;
    /** Whether a request for a split has no answer yet. */
    private boolean asked;

    private boolean noMoreSplits;

    /** Opens the sampler. */
    @FunctionalInterface
    interface Opening {
        SharedSampler open() throws Exception;
    }

    /**
     * Creates a reader.
     *
     * @param readAhead at least 0
     * @param scheduler runs the requests; the reader disposes of it
     */
    SampleReader(SourceReaderContext context, Opening opening, int readAhead, Scheduler scheduler) {
        this.context = context;
        this.opening = opening;
        this.readAhead = readAhead;
        this.scheduler = scheduler;
        this.emitted = context.metricGroup().getIOMetricGroup().getNumRecordsInCounter();
    }

    @Override
    public void start() {
        SharedSampler opened;
        try {
            opened = opening.open();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("the sampler cannot be opened: " + e.getMessage(), e);
        }
        shared = opened;
        Order order = opened.sampler().order();
        if (order != Order.BY_INDEX) {
            throw new SuppressRestartsException(new InvalidConfigurationException(
                    "order",
                    "must be BY_INDEX in a source, whose checkpoints hold the next index",
                    order,
                    "leave out the order of the sampler"));
        }
        request(readAhead);
    }

    /** Requests samples until this many are pending, and splits if there are not enough samples. */
    private void request(int most) {
        if (pending > 0 && most - pending < readAhead / PARTS) {
            return;
        }
        while (pending < most) {
            SplitStream last = streams.peekLast();
            if (last != null && last.unrequested > 0) {
                pending += last.demand(most - pending);
                continue;
            }
            if (streams.size() == MOST_STREAMS) {
                return;
            }
            SampleSplit split = waiting.poll();
            if (split == null) {
                ask();
                return;
            }
            SplitStream next = new SplitStream(split);
            streams.add(next);
            sampler().samples(split.next(), split.to()).subscribeOn(scheduler).subscribe(next);
        }
    }

    private Sampler sampler() {
        return Objects.requireNonNull(shared).sampler();
    }

    private void ask() {
        if (!asked && !noMoreSplits) {
            asked = true;
            context.sendSplitRequest();
        }
    }

    @Override
    public InputStatus pollNext(ReaderOutput<Sample> output) throws IOException {
        request(Math.max(1, readAhead));
        while (true) {
            SplitStream first = streams.peek();
            if (first == null) {
                break;
            }
            // In this order: a stream that has ended adds nothing to its queue.
            boolean ended = first.ended;
            Sample sample = first.queue.poll();
            if (sample != null) {
                first.advance(sample);
                pending--;
                emitted.inc();
                output.collect(sample);
                request(readAhead);
                break;
            }
            if (!ended) {
                break;
            }
            first.requireSuccess();
            streams.remove();
            // Flink keeps metrics of each split until then.
            output.releaseOutputForSplit(first.rest().splitId());
            // A sampler may skip samples.
            pending -= first.owed;
            request(Math.max(1, readAhead));
        }
        if (streams.isEmpty() && waiting.isEmpty() && noMoreSplits) {
            return InputStatus.END_OF_INPUT;
        }
        return isReady() ? InputStatus.MORE_AVAILABLE : InputStatus.NOTHING_AVAILABLE;
    }

    /** Whether {@link #pollNext} has something to do. */
    private boolean isReady() {
        SplitStream first = streams.peek();
        if (first == null) {
            return !waiting.isEmpty() || noMoreSplits || !asked;
        }
        boolean canRequest = (!waiting.isEmpty() && streams.size() < MOST_STREAMS) || streams.getLast().unrequested > 0;
        return first.isReady() || (pending == 0 && canRequest);
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        CompletableFuture<Void> future = available;
        if (future.isDone()) {
            future = new CompletableFuture<>();
            available = future;
        }
        // After the future is in place, so that no signal is lost between them.
        return isReady() ? NOW : future;
    }

    private void wake() {
        available.complete(null);
    }

    @Override
    public void addSplits(List<SampleSplit> splits) {
        waiting.addAll(splits);
        asked = false;
        wake();
    }

    @Override
    public void notifyNoMoreSplits() {
        noMoreSplits = true;
        wake();
    }

    @Override
    public List<SampleSplit> snapshotState(long checkpointId) {
        return Stream.concat(streams.stream().map(SplitStream::rest), waiting.stream())
                .filter(split -> split.next() < split.to())
                .toList();
    }

    @Override
    public void close() {
        streams.forEach(BaseSubscriber::cancel);
        SharedSampler opened = shared;
        shared = null;
        try {
            // A model must not be closed while it computes.
            SchedulerEnd.await(scheduler);
        } finally {
            if (opened != null) {
                opened.close();
            }
        }
    }

    /** The samples of one split. */
    private final class SplitStream extends BaseSubscriber<Sample> {
        private final Queue<Sample> queue = new ConcurrentLinkedQueue<>();
        private final long to;
        /** The index of the next sample to emit. */
        private long next;
        /** The number of samples of the split that are not requested. */
        private long unrequested;
        /** The number of samples that are requested and not emitted. */
        private long owed;

        private @Nullable Throwable failure;
        /** Written after {@link #failure}. */
        private volatile boolean ended;

        SplitStream(SampleSplit split) {
            this.next = split.next();
            this.to = split.to();
            this.unrequested = to - next;
        }

        /** Requests up to this many samples. Returns how many it has requested. */
        long demand(long most) {
            long count = Math.min(most, unrequested);
            unrequested -= count;
            owed += count;
            request(count);
            return count;
        }

        void advance(Sample sample) {
            owed--;
            next = sample.index() + 1;
        }

        boolean isReady() {
            return ended || !queue.isEmpty();
        }

        SampleSplit rest() {
            return new SampleSplit(next, to);
        }

        void requireSuccess() throws IOException {
            if (failure != null) {
                throw new IOException(
                        "the stream of samples " + next + " to " + (to - 1) + " failed: " + failure.getMessage(),
                        failure);
            }
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            // The reader requests.
        }

        @Override
        protected void hookOnNext(Sample sample) {
            queue.add(sample);
            wake();
        }

        @Override
        protected void hookOnComplete() {
            ended = true;
            wake();
        }

        @Override
        protected void hookOnError(Throwable throwable) {
            failure = throwable;
            ended = true;
            wake();
        }
    }
}
