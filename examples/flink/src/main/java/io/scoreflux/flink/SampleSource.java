package io.scoreflux.flink;

import io.scoreflux.Sample;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.util.InstantiationUtil;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * A bounded source of samples: {@code env.fromSource(source, WatermarkStrategy.noWatermarks(), "samples")} is a {@code DataStream<Sample>}.
 *
 * <p>Sample k does not depend on the parallelism, on failures, or on checkpoints. The samples of a subtask come in ascending order within each
 * split. A checkpoint holds the next index of each split; samples that were computed and not emitted are computed again after a recovery. A
 * failed sample is an element like any other. A failed stream fails the task.
 */
public final class SampleSource implements Source<Sample, SampleSplit, SampleSourceState>, ResultTypeQueryable<Sample> {
    /** The default of {@link Builder#readAhead}. */
    public static final int DEFAULT_READ_AHEAD = 256;

    private static final long serialVersionUID = 1L;

    /** By default a subtask draws about this many splits, so that a slow one holds up the others only briefly at the end. */
    private static final int SPLITS_PER_SUBTASK = 16;

    /** Smaller splits make the batches of a network small. */
    private static final long FEWEST_PER_SPLIT = 64;

    private static final long MOST_PER_SPLIT = 1024;

    /** Flink keeps about 1 KB of each split, the names of its metrics, until the job ends. So splits of very large jobs are larger. */
    private static final long MOST_SPLITS = 10_000;

    private final SamplerFactory factory;
    /** Identifies the sampler in each process. */
    private final String id = UUID.randomUUID().toString();

    private final long from;
    private final long to;
    private final int readAhead;
    private final @Nullable Long samplesPerSplit;

    private SampleSource(Builder builder, long count) {
        this.factory = builder.factory;
        this.from = builder.firstIndex;
        this.to = builder.firstIndex + count;
        this.readAhead = builder.readAhead;
        this.samplesPerSplit = builder.samplesPerSplit;
    }

    /** Returns a builder of sources of the samples of a sampler. The number of samples has no default. */
    public static Builder builder(SamplerFactory factory) {
        return new Builder(factory);
    }

    /** Collects the settings of a {@link SampleSource}; neither immutable nor thread-safe. */
    public static final class Builder {
        private final SamplerFactory factory;
        private long firstIndex;
        private @Nullable Long count;
        private @Nullable Long samplesPerSplit;
        private int readAhead = DEFAULT_READ_AHEAD;

        private Builder(SamplerFactory factory) {
            this.factory = Objects.requireNonNull(factory, "factory");
        }

        /** Sets the index of the first sample, at least 0. Defaults to 0. */
        public Builder firstIndex(long value) {
            this.firstIndex = Require.atLeast("firstIndex", value, 0);
            return this;
        }

        /** Sets the number of samples, at least 1. */
        public Builder count(long value) {
            this.count = Require.atLeast("count", value, 1);
            return this;
        }

        /**
         * Sets the number of samples of a split, at least 1. A subtask draws one split after the other. With small splits, subtasks end at about
         * the same time and a rescaled job has work for all of them. The parallelism of a new job must not exceed the number of splits. By default
         * the size is chosen to give each subtask about 16 splits of 64 to 1,024 samples. Splits are smaller if a subtask would otherwise have
         * none, and larger if a subtask would otherwise have more than 10,000.
         */
        public Builder samplesPerSplit(long value) {
            this.samplesPerSplit = Require.atLeast("samplesPerSplit", value, 1);
            return this;
        }

        /**
         * Sets the maximum number of samples that a subtask has requested from its sampler and not emitted, at least 0. With 0 it requests one
         * sample at a time, when Flink asks for it. The sampler may start {@link io.scoreflux.SamplerBuilder#prefetch} more trajectories. A large
         * number fills the model's calls; a small one limits what is computed again after a failure. Defaults to {@value #DEFAULT_READ_AHEAD}.
         */
        public Builder readAhead(int value) {
            this.readAhead = Require.atLeast("readAhead", value, 0);
            return this;
        }

        /**
         * Builds the source.
         *
         * @throws IllegalStateException if the number of samples is missing
         * @throws IllegalArgumentException if the factory is not serializable, or the last index is too large
         */
        public SampleSource build() {
            Long given = count;
            if (given == null) {
                throw new InvalidConfigurationException(
                        "count", "must be set, because a source is bounded", null, "call count(n)");
            }
            if (firstIndex > Long.MAX_VALUE - given) {
                throw new InvalidArgumentException(
                        "count",
                        "must be at most " + (Long.MAX_VALUE - firstIndex) + " from index " + firstIndex + " on",
                        given);
            }
            requireSerializable(factory);
            return new SampleSource(this, given);
        }
    }

    /** Rejects a factory that Flink cannot send to the task managers. */
    static void requireSerializable(SamplerFactory factory) {
        try {
            InstantiationUtil.serializeObject(factory);
        } catch (IOException e) {
            throw new InvalidArgumentException(
                    "factory",
                    "must be serializable, because Flink sends it to the task managers",
                    factory.getClass().getName() + " (" + e + ")",
                    "hold only settings and create the model in open()");
        }
    }

    @Override
    public TypeInformation<Sample> getProducedType() {
        return SampleTypes.SAMPLE;
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public SplitEnumerator<SampleSplit, SampleSourceState> createEnumerator(
            SplitEnumeratorContext<SampleSplit> context) {
        long perSplit = perSplit(context.currentParallelism());
        long splits = (to - from - 1) / perSplit + 1;
        if (context.currentParallelism() > splits) {
            // A restart would find the same.
            throw new SuppressRestartsException(new InvalidConfigurationException(
                    "parallelism",
                    "must be at most the number of splits, " + splits + " of " + perSplit + " samples each",
                    context.currentParallelism(),
                    "lower the parallelism of the source",
                    "lower {samplesPerSplit}"));
        }
        return new SampleEnumerator(context, new SampleSourceState(from, from, List.of()), to, perSplit);
    }

    /**
     * Continues from a checkpoint. The number of samples may be larger than that of the job that wrote it. The job fails if this source begins at
     * another index, or ends before the last sample already assigned to a split.
     */
    @Override
    public SplitEnumerator<SampleSplit, SampleSourceState> restoreEnumerator(
            SplitEnumeratorContext<SampleSplit> context, SampleSourceState state) {
        InvalidConfigurationException violation = null;
        if (state.first() != from) {
            violation = new InvalidConfigurationException(
                    "firstIndex",
                    "must be that of the checkpoint, " + state.first(),
                    from,
                    "set {firstIndex} to " + state.first(),
                    "start the job without the checkpoint");
        } else if (state.next() > to) {
            violation = new InvalidConfigurationException(
                    "count",
                    "must be at least " + (state.next() - from)
                            + ", the number of samples that the job of the checkpoint has begun",
                    to - from,
                    "raise {count}",
                    "start the job without the checkpoint");
        }
        long perSplit = perSplit(context.currentParallelism());
        if (violation == null) {
            return new SampleEnumerator(context, state, to, perSplit);
        }
        // A restart would find the same. Flink fails a job that throws at the start, but may hang if this method
        // throws.
        SuppressRestartsException refusal = new SuppressRestartsException(violation);
        return new SampleEnumerator(context, state, to, perSplit) {
            @Override
            public void start() {
                throw refusal;
            }
        };
    }

    private long perSplit(int parallelism) {
        if (samplesPerSplit != null) {
            return samplesPerSplit;
        }
        long even = (to - from) / ((long) SPLITS_PER_SUBTASK * parallelism);
        long large = (to - from) / (MOST_SPLITS * parallelism);
        long size = Math.max(Math.max(FEWEST_PER_SPLIT, large), Math.min(MOST_PER_SPLIT, even));
        // Each subtask has a split at least.
        return Math.max(1, Math.min(size, (to - from) / parallelism));
    }

    @Override
    public SourceReader<Sample, SampleSplit> createReader(SourceReaderContext context) {
        ReactorThreads.endWith(context.getUserCodeClassLoader()::registerReleaseHookIfAbsent);
        return new SampleReader(
                context,
                () -> SharedSampler.open(id, factory),
                readAhead,
                Schedulers.newSingle("samples-" + context.getIndexOfSubtask(), true));
    }

    @Override
    public SimpleVersionedSerializer<SampleSplit> getSplitSerializer() {
        return new StateVersions.OfSplit();
    }

    @Override
    public SimpleVersionedSerializer<SampleSourceState> getEnumeratorCheckpointSerializer() {
        return new StateVersions.OfSource();
    }
}
