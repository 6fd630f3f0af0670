package io.scoreflux.service.api;

import io.scoreflux.Sample;
import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.format.RowWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import reactor.core.publisher.Flux;

/** Samples as CSV, with the columns of the command line. */
final class CsvLines {
    private CsvLines() {}

    static Flux<String> of(SampleStream stream, int dimension) {
        return Flux.defer(() -> {
            ByteArrayOutputStream buffer = new ByteArrayOutputStream();
            RowWriter writer = Format.CSV.writer().of(buffer, Columns.ofSamples(dimension, false, false), Long.MAX_VALUE);
            return Flux.concat(
                    Flux.defer(() -> Flux.just(text(buffer, writer::begin))),
                    stream.completeSamples().map(sample -> text(buffer, () -> writer.write(row(sample)))));
        });
    }

    private static OutputRow row(Sample sample) {
        return OutputRow.of(sample, null);
    }

    private static String text(ByteArrayOutputStream buffer, Writing writing) {
        try {
            writing.run();
        } catch (IOException e) { // Writing to memory does not fail.
            throw new UncheckedIOException(e);
        }
        String text = buffer.toString(StandardCharsets.UTF_8);
        buffer.reset();
        return text;
    }

    /** Writes to the buffer. */
    @FunctionalInterface
    private interface Writing {
        void run() throws IOException;
    }
}
