package io.scoreflux.flink.job;

import io.scoreflux.Sample;
import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.format.RowWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.flink.api.common.serialization.BulkWriter;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.functions.sink.filesystem.BucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.OutputFileConfig;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.SimpleVersionedStringSerializer;

/** Exactly-once files of samples. Each checkpoint completes the files that were open, and later samples go to new files. */
final class SampleFiles {
    private SampleFiles() {}

    /**
     * A sink that writes the rows that the command line writes.
     *
     * @param directory the root of the files
     * @param format a format whose files do not begin with the number of their rows
     * @param dimension the length of a sample
     * @param rejection whether certificates have statistics of rejection sampling
     * @param samplesPerDirectory the number of consecutive indices in one subdirectory
     */
    static FileSink<Sample> sink(
            Path directory, String format, int dimension, boolean rejection, long samplesPerDirectory) {
        return FileSink.forBulkFormat(directory, new RowFileFactory(format, dimension, rejection))
                .withBucketAssigner(new IndexBuckets(samplesPerDirectory))
                .withOutputFileConfig(
                        OutputFileConfig.builder().withPartSuffix("." + format).build())
                .build();
    }

    /** Sorts samples into directories by their indices. */
    private record IndexBuckets(long samplesPerDirectory) implements BucketAssigner<Sample, String> {
        @Override
        public String getBucketId(Sample sample, Context context) {
            return OutputDirectory.BUCKET + sample.index() / samplesPerDirectory * samplesPerDirectory;
        }

        @Override
        public SimpleVersionedSerializer<String> getSerializer() {
            return SimpleVersionedStringSerializer.INSTANCE;
        }
    }

    /** Creates the files of a format. */
    private record RowFileFactory(String format, int dimension, boolean rejection)
            implements BulkWriter.Factory<Sample> {
        @Override
        public BulkWriter<Sample> create(FSDataOutputStream out) throws IOException {
            return new RowFile(Format.of(format, null), Columns.ofSamples(dimension, rejection, false), out);
        }
    }

    /** One file. Flink closes its stream. */
    private static final class RowFile implements BulkWriter<Sample> {
        private final OutputStream out;
        private final RowWriter rows;

        RowFile(Format format, Columns columns, FSDataOutputStream file) throws IOException {
            this.out = new BufferedOutputStream(file);
            // The number of rows is unknown.
            this.rows = format.writer().of(out, columns, 0);
            rows.begin();
        }

        @Override
        public void addElement(Sample sample) throws IOException {
            rows.write(OutputRow.of(sample, null));
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }

        @Override
        public void finish() throws IOException {
            try (rows) {
                rows.end();
            }
            out.flush();
        }
    }
}
