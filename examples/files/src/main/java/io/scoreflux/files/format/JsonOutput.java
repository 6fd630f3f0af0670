package io.scoreflux.files.format;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/** Writes JSON. Needs the generator of Jackson only, whereas reading takes its binding, which is five times as large. */
public final class JsonOutput {
    /** The fast writer produces the shortest decimals, with the same digits on every JDK. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .build();

    private JsonOutput() {}

    /** Writes one value to a stream. */
    public static JsonGenerator generator(OutputStream out) {
        return FACTORY.createGenerator(ObjectWriteContext.empty(), out);
    }

    /**
     * Returns one object as a line of text, with the line feed.
     *
     * @param fields writes the fields
     */
    public static byte[] line(Consumer<JsonGenerator> fields) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (JsonGenerator json = generator(line)) {
            json.writeStartObject();
            fields.accept(json);
            json.writeEndObject();
        }
        line.write('\n');
        return line.toByteArray();
    }
}
