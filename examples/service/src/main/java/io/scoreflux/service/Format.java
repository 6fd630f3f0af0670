package io.scoreflux.service;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.server.ResponseStatusException;

/** The format of a response, chosen by the client's {@code Accept} header. */
enum Format {
    /** One line of JSON per sample. */
    NDJSON,
    /** One server-sent event per sample. */
    EVENTS;

    private static final String REMEDY = "; responses are "
            + Arrays.stream(values()).map(format -> format.type().toString()).collect(Collectors.joining(" or "))
            + "; accept one of them";

    MediaType type() {
        return this == NDJSON ? MediaType.APPLICATION_NDJSON : MediaType.TEXT_EVENT_STREAM;
    }

    /**
     * The format with the higher quality, or NDJSON if both have the same.
     *
     * @throws ResponseStatusException with status 406 and one line of text if the header accepts neither, or is malformed
     */
    static Format of(HttpHeaders headers) {
        List<MediaType> ranges;
        try {
            ranges = headers.getAccept();
        } catch (InvalidMediaTypeException e) {
            throw refusal("Accept must be a list of media types, was '" + SampleQuery.echo(given(headers)) + "'");
        }
        if (ranges.isEmpty()) {
            return NDJSON;
        }
        Format best = NDJSON;
        for (Format format : values()) {
            if (format.quality(ranges) > best.quality(ranges)) {
                best = format;
            }
        }
        if (best.quality(ranges) > 0) {
            return best;
        }
        throw refusal("Accept was '" + SampleQuery.echo(given(headers)) + "'");
    }

    /**
     * The quality of the most specific range that includes the format (RFC 9110, 12.5.1), 0 if none does. Parameters such as a charset
     * do not exclude the format; a range without parameters counts before one with them. Of equal ranges, the largest quality counts.
     */
    private double quality(List<MediaType> ranges) {
        return ranges.stream()
                .filter(range -> range.includes(type()))
                .max(Comparator.comparing(MediaType::isConcrete)
                        .thenComparing(range -> !range.isWildcardType())
                        .thenComparing(range ->
                                range.removeQualityValue().getParameters().isEmpty())
                        .thenComparing(MediaType::getQualityValue))
                .map(MediaType::getQualityValue)
                .orElse(0.0);
    }

    private static String given(HttpHeaders headers) {
        return String.join(", ", headers.getOrEmpty(HttpHeaders.ACCEPT));
    }

    private static ResponseStatusException refusal(String line) {
        return new ResponseStatusException(HttpStatus.NOT_ACCEPTABLE, line + REMEDY);
    }
}
