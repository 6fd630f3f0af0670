package io.scoreflux.service.api;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.util.InvalidMimeTypeException;

/** The format of a response, chosen by the parameter {@code format} or by the client's {@code Accept} header. */
@SuppressWarnings("ImmutableEnumChecker") // A MediaType is immutable.
enum Format {
    /** One line of JSON for each sample, and one for the end. */
    NDJSON(MediaType.APPLICATION_NDJSON),
    /** One server-sent event for each sample, and one for the end. */
    EVENTS(MediaType.TEXT_EVENT_STREAM),
    /** One JSON document. */
    JSON(MediaType.APPLICATION_JSON),
    /** A header and one line for each sample. */
    CSV(new MediaType("text", "csv")),
    /** A picture. */
    PNG(MediaType.IMAGE_PNG);

    /** The parameter that names a format. */
    static final String PARAMETER = "format";

    private final MediaType type;

    Format(MediaType type) {
        this.type = type;
    }

    MediaType type() {
        return type;
    }

    /** The name as a parameter. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The format that is named, or else the accepted one with the highest quality, or the first of those with the same quality.
     *
     * @param offered the formats of the response, the default first
     * @throws RequestException with status 400 if the name is unknown, or 406 if the header accepts no format, or is malformed
     */
    static Format of(Parameters given, HttpHeaders headers, Format... offered) {
        if (given.has(PARAMETER)) {
            String name = given.text(PARAMETER, "");
            return Arrays.stream(offered)
                    .filter(format -> format.toString().equals(name))
                    .findFirst()
                    .orElseThrow(() -> RequestException.invalid(
                            PARAMETER,
                            "format must be one of " + names(offered, Format::toString, ", ") + ", was '"
                                    + Parameters.echo(name) + "'; "
                                    + (name.equals(PNG.toString())
                                            ? "png needs a model whose samples are images, which has image in /v1/models"
                                            : "leave it out, and the header Accept chooses")));
        }
        List<MediaType> ranges;
        try {
            ranges = headers.getAccept();
        } catch (InvalidMediaTypeException | InvalidMimeTypeException e) {
            throw refusal(
                    "Accept must be a list of media types, was '" + Parameters.echo(given(headers)) + "'", offered);
        }
        if (ranges.isEmpty()) {
            return offered[0];
        }
        Format best = offered[0];
        for (Format format : offered) {
            if (format.quality(ranges) > best.quality(ranges)) {
                best = format;
            }
        }
        if (best.quality(ranges) > 0) {
            return best;
        }
        throw refusal("Accept was '" + Parameters.echo(given(headers)) + "'", offered);
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

    private static RequestException refusal(String line, Format... offered) {
        return RequestException.of(
                HttpStatus.NOT_ACCEPTABLE,
                HttpHeaders.ACCEPT,
                line + "; responses are "
                        + names(offered, format -> format.type().toString(), " or ") + "; accept one of them");
    }

    private static String names(Format[] offered, Function<Format, String> name, String between) {
        return Arrays.stream(offered).map(name).collect(Collectors.joining(between));
    }
}
