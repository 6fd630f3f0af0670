package io.scoreflux.files.format;

import io.scoreflux.Sample;
import io.scoreflux.error.Failure;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.logconcave.Draw;
import io.scoreflux.posterior.Island;
import io.scoreflux.solve.Certificate;
import io.scoreflux.solve.RejectionStatistics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * The data of one sample or draw in an output file.
 *
 * @param index its index
 * @param values its coordinates, or null if it failed
 * @param fields the other fields by name, in the order in which they are written: strings, longs, doubles, or null for an unknown
 *     number
 */
@SuppressWarnings("ArrayRecordComponent") // Written at once, never compared.
public record OutputRow(long index, double @Nullable [] values, Map<String, @Nullable Object> fields) {
    /** A draw has no error estimate, like a sample of a fixed-step solver. */
    private static final String STATUS_OF_DRAWS = Certificate.Status.UNESTIMATED.toString();

    private static final String FAILED = Certificate.Status.FAILED.toString();

    /** The row of a sample, with its density unless that is null. */
    public static OutputRow of(Sample sample, @Nullable Density density) {
        Certificate certificate = sample.certificate();
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("status", certificate.status().toString());
        fields.put("calls", certificate.calls());
        fields.put("rounds", certificate.rounds());
        fields.put("error", number(certificate.error()));
        fields.put("intervals", (long) certificate.intervals());
        fields.put("lowestDegree", (long) certificate.lowestDegree());
        fields.put("highestDegree", (long) certificate.highestDegree());
        RejectionStatistics rejection = certificate.rejection();
        if (rejection != null) {
            fields.put("draws", rejection.draws());
            fields.put("proposals", rejection.proposals());
            fields.put("weights", rejection.weights());
            fields.put("overflows", rejection.overflows());
            fields.put("clipping", rejection.clipping());
        }
        reason(fields, certificate.failure());
        if (density != null) {
            fields.put("logDensity", density.logDensity());
            fields.put("standardError", number(density.standardError()));
            fields.put("bitsPerDimension", density.bitsPerDimension());
        }
        return new OutputRow(sample.index(), sample.failed() ? null : sample.values(), fields);
    }

    /** The row of a draw. */
    public static OutputRow of(Draw draw) {
        Failure failure = draw.failure();
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("status", failure == null ? STATUS_OF_DRAWS : FAILED);
        fields.put("calls", draw.statistics().gradients() + draw.statistics().burnInGradients());
        fields.put("error", null);
        fields.put("chain", (long) draw.chain());
        fields.put("draw", draw.number());
        reason(fields, failure);
        return new OutputRow(draw.index(), failure == null ? draw.values() : null, fields);
    }

    /**
     * The rows of an island, one for each particle. All particles of an island take the same number of calls. A failed island has one row.
     *
     * @param particles the number of particles of each island
     */
    public static List<OutputRow> of(Island island, int particles) {
        long first = island.index() * particles;
        if (island.failed()) {
            return List.of(particle(island, first, null, null, island.calls()));
        }
        List<OutputRow> rows = new ArrayList<>(particles);
        for (int j = 0; j < particles; j++) {
            rows.add(particle(island, first + j, island.state(j), island.weight(j), island.calls() / particles));
        }
        return rows;
    }

    private static OutputRow particle(
            Island island, long index, double @Nullable [] values, @Nullable Double weight, long calls) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put(Field.STATUS, island.failed() ? FAILED : STATUS_OF_DRAWS);
        fields.put(Field.CALLS, calls);
        fields.put(Field.ERROR, null);
        fields.put(Field.ISLAND, island.index());
        fields.put(Field.WEIGHT, weight);
        fields.put(Field.LOG_EVIDENCE, island.failed() ? null : island.logEvidence());
        reason(fields, island.failure());
        return new OutputRow(index, values, fields);
    }

    private static void reason(Map<String, @Nullable Object> fields, @Nullable Failure failure) {
        if (failure != null) {
            fields.put("reason", MessageText.of(failure));
        }
    }

    private static @Nullable Double number(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }
}
