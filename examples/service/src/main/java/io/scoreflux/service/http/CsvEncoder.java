package io.scoreflux.service.http;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.ResolvableType;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.http.MediaType;
import org.springframework.http.codec.HttpMessageEncoder;
import org.springframework.util.MimeType;
import reactor.core.publisher.Flux;

/**
 * Writes lines of CSV, and sends each at once. Spring's encoders of text need the type of the elements, which a handler does not state if it
 * chooses among formats.
 */
final class CsvEncoder implements HttpMessageEncoder<Object> {
    private static final MediaType CSV = new MediaType("text", "csv");

    @Override
    public boolean canEncode(ResolvableType elementType, @Nullable MimeType mimeType) {
        return CSV.isCompatibleWith(mimeType);
    }

    @Override
    public Flux<DataBuffer> encode(
            Publisher<?> lines,
            DataBufferFactory buffers,
            ResolvableType elementType,
            @Nullable MimeType mimeType,
            @Nullable Map<String, Object> hints) {
        return Flux.from(lines).map(line -> buffers.wrap(line.toString().getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public List<MimeType> getEncodableMimeTypes() {
        return List.of(CSV);
    }

    @Override
    public List<MediaType> getStreamingMediaTypes() {
        return List.of(CSV);
    }
}
