package io.scoreflux.service.api;

import io.scoreflux.Sample;
import io.scoreflux.error.Failure;
import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.format.RowWriter;
import io.scoreflux.files.text.MessageText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Samples as CSV, with the columns of the command line, and the reason of a failure as the last one. */
final class CsvLines {
    private static final String REASON = "reason";

    private CsvLines() {}

    static Flux<String> of(SampleStream stream, int dimension) {
        return Flux.defer(() -> {
            ByteArrayOutputStream buffer = new ByteArrayOutputStream();
            Columns columns = Columns.ofSamples(dimension, false, false).withFurther(List.of(REASON));
            RowWriter writer = Format.CSV.writer().of(buffer, columns, Long.MAX_VALUE);
            return Flux.concat(
                    Flux.defer(() -> Flux.just(text(buffer, writer::begin))),
                    stream.completeSamples().map(sample -> text(buffer, () -> writer.write(row(sample)))));
        });
    }

    private static OutputRow row(Sample sample) {
        OutputRow row = OutputRow.of(sample, null);
        Failure failure = sample.certificate().failure();
        if (failure == null) {
            return row;
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>(row.fields());
        // With the names of parameters, and not with those of options.
        fields.put(REASON, MessageText.line(failure.message()));
        return new OutputRow(row.index(), row.values(), fields);
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
