package io.scoreflux.flink.job;

import io.scoreflux.Sample;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.connector.file.sink.FileSinkCommittable;
import org.apache.flink.connector.file.sink.writer.FileWriter;
import org.apache.flink.connector.file.sink.writer.FileWriterBucketState;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableFsDataOutputStream;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.jspecify.annotations.Nullable;

/**
 * The files of a job and its report. At each checkpoint the writers pass on their files and the statistics of the samples in them. {@link
 * ReportOperator} merges the statistics. One committer completes all files and, after the last one, the report.
 */
final class ReportedFiles
        implements Sink<Sample>,
                SupportsWriterState<Sample, FileWriterBucketState>,
                SupportsCommitter<ReportedFiles.Part>,
                SupportsPreCommitTopology<ReportedFiles.Part, ReportedFiles.Part> {
    private static final long serialVersionUID = 1L;

    private final FileSink<Sample> files;
    private final OutputDirectory directory;
    private final ReportOperator report;

    /**
     * Creates the sink.
     *
     * @param files writes files that are complete at each checkpoint
     * @param directory the directory of the files
     * @param report merges the statistics
     */
    ReportedFiles(FileSink<Sample> files, OutputDirectory directory, ReportOperator report) {
        this.files = files;
        this.directory = directory;
        this.report = report;
    }

    /** What a writer passes on at a checkpoint: a file, or the statistics of the samples in its files, of which {@link ReportOperator} makes a report. */
    static final class Part {
        private enum Kind {
            FILE,
            STATISTICS,
            /** Replaces statistics that are not the last. */
            NOTHING,
            REPORT
        }

        private final Kind kind;
        private final @Nullable FileSinkCommittable file;
        private final byte[] bytes;

        private Part(Kind kind, @Nullable FileSinkCommittable file, byte[] bytes) {
            this.kind = kind;
            this.file = file;
            this.bytes = bytes;
        }

        static Part of(FileSinkCommittable file) {
            return new Part(Kind.FILE, file, new byte[0]);
        }

        static Part of(SampleStatistics statistics) throws IOException {
            return new Part(Kind.STATISTICS, null, statistics.toBytes());
        }

        static Part nothing() {
            return new Part(Kind.NOTHING, null, new byte[0]);
        }

        static Part report(String line) {
            return new Part(Kind.REPORT, null, line.getBytes(StandardCharsets.UTF_8));
        }

        /** The statistics, or null. */
        @Nullable
        SampleStatistics statistics() throws IOException {
            return kind == Kind.STATISTICS ? SampleStatistics.of(bytes) : null;
        }

        /** The report, or null. */
        byte @Nullable [] report() {
            return kind == Kind.REPORT ? bytes.clone() : null;
        }
    }

    @Override
    public Writer createWriter(WriterInitContext context) throws IOException {
        if (context.getRestoredCheckpointId().isEmpty()) {
            // Without a checkpoint, no earlier attempt of this job has completed a file.
            directory.requireNoCompleteFiles();
        }
        return new Writer(files.createWriter(context));
    }

    @Override
    public Writer restoreWriter(WriterInitContext context, Collection<FileWriterBucketState> states)
            throws IOException {
        return new Writer(files.restoreWriter(context, states));
    }

    @Override
    public SimpleVersionedSerializer<FileWriterBucketState> getWriterStateSerializer() {
        return files.getWriterStateSerializer();
    }

    @Override
    public Committer<Part> createCommitter(CommitterInitContext context) throws IOException {
        return new PartCommitter(files.createCommitter(context), directory);
    }

    @Override
    public SimpleVersionedSerializer<Part> getCommittableSerializer() {
        return new PartSerializer(files.getCommittableSerializer());
    }

    @Override
    public SimpleVersionedSerializer<Part> getWriteResultSerializer() {
        return getCommittableSerializer();
    }

    /** The same committer gets all parts, in the order of the checkpoints. */
    @Override
    public DataStream<CommittableMessage<Part>> addPreCommitTopology(DataStream<CommittableMessage<Part>> written) {
        return written.global()
                .transform("report", CommittableMessageTypeInfo.of(this::getCommittableSerializer), report)
                .uid("report")
                .forceNonParallel()
                .global();
    }

    /** Writes samples and collects their statistics until the next checkpoint. */
    static final class Writer
            implements StatefulSinkWriter<Sample, FileWriterBucketState>, CommittingSinkWriter<Sample, Part> {
        private final FileWriter<Sample> files;
        private SampleStatistics since = new SampleStatistics();

        private Writer(FileWriter<Sample> files) {
            this.files = files;
        }

        @Override
        public void write(Sample sample, Context context) throws IOException, InterruptedException {
            files.write(sample, context);
            since.add(sample);
        }

        @Override
        public void flush(boolean endOfInput) throws IOException, InterruptedException {
            files.flush(endOfInput);
        }

        @Override
        public void writeWatermark(Watermark watermark) throws IOException, InterruptedException {
            files.writeWatermark(watermark);
        }

        @Override
        public Collection<Part> prepareCommit() throws IOException {
            List<Part> parts = new ArrayList<>();
            for (FileSinkCommittable file : files.prepareCommit()) {
                parts.add(Part.of(file));
            }
            if (since.samples() > 0) {
                parts.add(Part.of(since));
                since = new SampleStatistics();
            }
            return parts;
        }

        @Override
        public List<FileWriterBucketState> snapshotState(long checkpointId) throws IOException {
            return files.snapshotState(checkpointId);
        }

        @Override
        public void close() {
            files.close();
        }
    }

    /** Completes files, and then the report. */
    record PartCommitter(Committer<FileSinkCommittable> files, OutputDirectory directory) implements Committer<Part> {
        @Override
        public void commit(Collection<CommitRequest<Part>> requests) throws IOException, InterruptedException {
            List<CommitRequest<FileSinkCommittable>> ofFiles = new ArrayList<>();
            AtomicBoolean retried = new AtomicBoolean();
            CommitRequest<Part> last = null;
            for (CommitRequest<Part> request : requests) {
                Part part = request.getCommittable();
                if (part.file != null) {
                    ofFiles.add(new FileRequest(request, part.file, retried));
                }
                if (part.report() != null) {
                    last = request;
                }
            }
            files.commit(ofFiles);
            byte[] report = last == null ? null : last.getCommittable().report();
            if (last == null || report == null) {
                return;
            }
            if (retried.get()) {
                last.retryLater();
            } else {
                write(report);
            }
        }

        /** Writes the report under a temporary name and gives it its own when it is complete, as the writers do with their files. */
        private void write(byte[] report) throws IOException {
            Path file = directory.report();
            FileSystem system = file.getFileSystem();
            RecoverableFsDataOutputStream.Committer complete;
            try (RecoverableFsDataOutputStream out =
                    system.createRecoverableWriter().open(file)) {
                out.write(report);
                complete = out.closeForCommit();
            }
            // The report of an earlier attempt. Not all file systems replace files.
            if (system.exists(file)) {
                system.delete(file, false);
            }
            complete.commit();
        }

        @Override
        public void close() throws IOException {
            try {
                files.close();
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }

    /** Notes whether the file is to be tried again. */
    private record FileRequest(Committer.CommitRequest<Part> request, FileSinkCommittable file, AtomicBoolean retried)
            implements Committer.CommitRequest<FileSinkCommittable> {
        @Override
        public FileSinkCommittable getCommittable() {
            return file;
        }

        @Override
        public int getNumberOfRetries() {
            return request.getNumberOfRetries();
        }

        @Override
        public void signalFailedWithKnownReason(Throwable reason) {
            request.signalFailedWithKnownReason(reason);
        }

        @Override
        public void signalFailedWithUnknownReason(Throwable reason) {
            request.signalFailedWithUnknownReason(reason);
        }

        @Override
        public void retryLater() {
            retried.set(true);
            request.retryLater();
        }

        @Override
        public void updateAndRetryLater(FileSinkCommittable file) {
            retried.set(true);
            request.updateAndRetryLater(Part.of(file));
        }

        @Override
        public void signalAlreadyCommitted() {
            request.signalAlreadyCommitted();
        }
    }

    private record PartSerializer(SimpleVersionedSerializer<FileSinkCommittable> files)
            implements SimpleVersionedSerializer<Part> {
        private static final int VERSION = 1;

        @Override
        public int getVersion() {
            return VERSION;
        }

        @Override
        public byte[] serialize(Part part) throws IOException {
            DataOutputSerializer out = new DataOutputSerializer(256);
            out.writeUTF(part.kind.name());
            out.write(
                    part.file == null
                            ? part.bytes
                            : SimpleVersionedSerialization.writeVersionAndSerialize(files, part.file));
            return out.getCopyOfBuffer();
        }

        @Override
        public Part deserialize(int version, byte[] bytes) throws IOException {
            if (version != VERSION) {
                throw new IOException("the version of a file must be " + VERSION + ", was " + version
                        + "; restore the state with the release of scoreflux-flink that wrote it, or a later one");
            }
            DataInputDeserializer in = new DataInputDeserializer(bytes);
            Part.Kind kind = Part.Kind.valueOf(in.readUTF());
            byte[] rest = new byte[in.available()];
            in.readFully(rest);
            return kind == Part.Kind.FILE
                    ? Part.of(SimpleVersionedSerialization.readVersionAndDeSerialize(files, rest))
                    : new Part(kind, null, rest);
        }
    }
}
