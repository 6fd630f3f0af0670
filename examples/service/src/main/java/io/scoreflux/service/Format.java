package io.scoreflux.service;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.util.MimeTypeUtils;
import org.springframework.web.server.ResponseStatusException;

/** The format of a response, by the client's {@code Accept} header. */
enum Format {
    /** One line of JSON per sample. */
    NDJSON,
    /** One server-sent event per sample. */
    EVENTS;

    /** The most media types that Spring sorts. */
    private static final int MOST_RANGES = 50;

    private static final String REMEDY = "; answers are "
            + Arrays.stream(values()).map(format -> format.type().toString()).collect(Collectors.joining(" or "))
            + "; accept one of them";

    MediaType type() {
        return this == NDJSON ? MediaType.APPLICATION_NDJSON : MediaType.TEXT_EVENT_STREAM;
    }

    /**
     * The format that the client prefers; NDJSON if it accepts any.
     *
     * @throws ResponseStatusException of status 406 with one line if it accepts neither, or if its header cannot be read
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
        if (ranges.size() > MOST_RANGES) {
            throw refusal("Accept must have at most " + MOST_RANGES + " media types, had " + ranges.size());
        }
        MimeTypeUtils.sortBySpecificity(ranges);
        for (MediaType range : ranges) {
            for (Format format : values()) {
                if (range.includes(format.type()) && format.quality(ranges) > 0) {
                    return format;
                }
            }
        }
        throw refusal("Accept was '" + SampleQuery.echo(given(headers)) + "'");
    }

    /** The quality of the most specific range that includes the format. */
    private double quality(List<MediaType> ranges) {
        return ranges.stream()
                .filter(range -> range.includes(type()))
                .max(Comparator.comparing(MediaType::isConcrete)
                        .thenComparing(range -> !range.isWildcardType())
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
