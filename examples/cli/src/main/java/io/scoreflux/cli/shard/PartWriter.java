package io.scoreflux.cli.shard;

import io.scoreflux.Sample;
import io.scoreflux.cli.output.AtomicFile;
import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.format.RowWriter;
import io.scoreflux.files.input.Sha256;
import io.scoreflux.solve.Certificate;
import java.io.IOException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes consecutive samples to consecutive parts. */
public final class PartWriter implements AutoCloseable {
    private final ShardDirectory directory;
    private final String run;
    private final Columns columns;
    private final Iterator<Part> parts;
    private @Nullable Open open;

    /**
     * Creates a writer. The first sample must be the first of the first part, and each part must begin where the previous one ends.
     *
     * @param columns the columns of the samples
     */
    public PartWriter(ShardDirectory directory, Columns columns, List<Part> parts) {
        this.directory = directory;
        this.run = directory.run();
        this.columns = columns;
        this.parts = parts.iterator();
    }

    /** Writes the next sample, and completes its part if it is the last one. */
    public void write(Sample sample) throws IOException {
        Open now = open;
        if (now == null) {
            now = new Open(parts.next());
            open = now;
            now.writer.begin();
        }
        now.write(sample);
        if (sample.index() + 1 == now.part.end()) {
            now.complete();
            now.close();
            open = null;
        }
    }

    /** Removes a part that is not complete. */
    @Override
    public void close() throws IOException {
        if (open != null) {
            open.close();
        }
    }

    /** A part that is being written. */
    private final class Open implements AutoCloseable {
        final Part part;
        final RowWriter writer;
        private final AtomicFile file;
        private final MessageDigest digest = Sha256.digest();
        private final Map<Certificate.Status, Long> status = new EnumMap<>(Certificate.Status.class);
        private long calls;

        Open(Part part) {
            this.part = part;
            this.file = AtomicFile.create("--out", directory.file(part), directory.file(part));
            this.writer = part.format().writer().of(new DigestOutputStream(file.out(), digest), columns, part.count());
        }

        void write(Sample sample) throws IOException {
            Certificate certificate = sample.certificate();
            status.merge(certificate.status(), 1L, Long::sum);
            calls += certificate.calls();
            writer.write(OutputRow.of(sample, null));
        }

        void complete() throws IOException {
            writer.end();
            directory.write(
                    part,
                    new PartSummary(
                            run, part.fileName(), file.size(), Sha256.text(digest), part.count(), status, calls));
            file.commit();
        }

        @Override
        public void close() throws IOException {
            try (writer) {
                file.close();
            }
        }
    }
}
