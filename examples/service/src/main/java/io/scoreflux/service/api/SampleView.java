package io.scoreflux.service.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.scoreflux.Sample;
import io.scoreflux.error.Failure;
import io.scoreflux.solve.Certificate;
import org.jspecify.annotations.Nullable;

/** A sample as JSON, with the same fields as on the command line. A failed sample has a reason instead of values. */
@SuppressWarnings("ArrayRecordComponent") // Written, never compared.
public record SampleView(
        long index,
        @JsonInclude(Include.NON_NULL) double @Nullable [] values,
        String status,
        long calls,
        long rounds,
        @Nullable Double error,
        int intervals,
        int lowestDegree,
        int highestDegree,
        @JsonInclude(Include.NON_NULL) @Nullable String reason) {

    /** Returns the view of a sample. */
    public static SampleView of(Sample sample) {
        Certificate certificate = sample.certificate();
        Failure failure = certificate.failure();
        return new SampleView(
                sample.index(),
                failure == null ? sample.values() : null,
                certificate.status().toString(),
                certificate.calls(),
                certificate.rounds(),
                certificate.error().isPresent() ? certificate.error().getAsDouble() : null,
                certificate.intervals(),
                certificate.lowestDegree(),
                certificate.highestDegree(),
                failure == null ? null : failure.message());
    }
}
