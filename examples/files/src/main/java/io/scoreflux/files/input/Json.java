package io.scoreflux.files.input;

import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads JSON. Duplicate keys and text after the value are rejected. */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /** The object in a file. */
    public static JsonFields read(Path file) {
        String text = TextReader.read(file);
        try {
            return JsonFields.root(file.toString(), MAPPER.readTree(text));
        } catch (JacksonException e) {
            throw JsonErrors.invalidFile(file.toString(), e);
        }
    }

    /** The object in one line. */
    public static JsonFields readLine(String where, String line) {
        try {
            JsonNode node = MAPPER.readTree(line);
            return JsonFields.root(where, node);
        } catch (JacksonException e) {
            throw JsonErrors.invalid(where, e);
        }
    }
}
