package io.scoreflux.flink.job;

import io.scoreflux.evaluation.TextTable;
import io.scoreflux.evaluation.metrics.EnergyDistance;
import io.scoreflux.evaluation.metrics.Estimate;
import io.scoreflux.files.format.JsonOutput;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** The statistics of a job as one JSON object and as a table. */
final class Report {
    /** Coordinates that the table shows. */
    private static final int SHOWN = 8;

    private final SampleStatistics statistics;
    private final double @Nullable [][] reference;

    /**
     * Creates a report.
     *
     * @param reference rows of the reference, at least two, or null
     */
    Report(SampleStatistics statistics, double @Nullable [][] reference) {
        this.statistics = statistics;
        this.reference = reference;
    }

    /** The share of samples that missed their tolerance or failed; 0 without samples. */
    private double notConverged() {
        long samples = statistics.samples();
        return samples == 0 ? 0 : (statistics.unconverged() + statistics.failed()) / (double) samples;
    }

    private double callsPerSample() {
        return statistics.samples() == 0 ? 0 : statistics.calls() / (double) statistics.samples();
    }

    private @Nullable Estimate distance() {
        double[][] subset = statistics.subset();
        return reference == null || subset.length < 2 ? null : EnergyDistance.between(subset, reference);
    }

    /** One line without its end. */
    String json() {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (JsonGenerator json = JsonOutput.generator(line)) {
            json.writeStartObject();
            json.writeNumberProperty("samples", statistics.samples());
            json.writeNumberProperty("failed", statistics.failed());
            json.writeNumberProperty("unconverged", statistics.unconverged());
            json.writeNumberProperty("unestimated", statistics.unestimated());
            json.writeNumberProperty("notConverged", notConverged());
            json.writeNumberProperty("largestError", statistics.largestError());
            json.writeNumberProperty("calls", statistics.calls());
            json.writeNumberProperty("callsPerSample", callsPerSample());
            json.writeNumberProperty("mostCalls", statistics.mostCalls());
            array(json, "mean", statistics.mean());
            double[][] covariance = statistics.covariance();
            if (statistics.hasMatrix()) {
                json.writeName("covariance");
                json.writeStartArray();
                for (double[] row : covariance) {
                    array(json, null, row);
                }
                json.writeEndArray();
            } else {
                array(json, "variance", covariance[0]);
            }
            Estimate distance = distance();
            if (distance != null && reference != null) {
                json.writeName("energyDistance");
                json.writeStartObject();
                number(json, "value", distance.value());
                number(json, "standardError", distance.standardError().orElse(Double.NaN));
                json.writeNumberProperty("samples", statistics.subset().length);
                json.writeNumberProperty("reference", reference.length);
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private static void array(JsonGenerator json, @Nullable String name, double[] numbers) {
        if (name != null) {
            json.writeName(name);
        }
        json.writeStartArray();
        for (double number : numbers) {
            if (Double.isFinite(number)) {
                json.writeNumber(number);
            } else {
                json.writeNull();
            }
        }
        json.writeEndArray();
    }

    private static void number(JsonGenerator json, String name, double number) {
        if (Double.isFinite(number)) {
            json.writeNumberProperty(name, number);
        } else {
            json.writeNullProperty(name);
        }
    }

    /** The lines of the table. */
    List<String> table() {
        TextTable table = new TextTable(1, "statistic", "value");
        table.row("samples", String.valueOf(statistics.samples()));
        table.row("failed", String.valueOf(statistics.failed()));
        table.row("not converged", shown(100 * notConverged()) + " %");
        table.row("without an estimate", String.valueOf(statistics.unestimated()));
        table.row("largest error", shown(statistics.largestError()));
        table.row("calls per sample", shown(callsPerSample()));
        table.row("most calls", String.valueOf(statistics.mostCalls()));
        double[] mean = statistics.mean();
        double[][] covariance = statistics.covariance();
        for (int i = 0; i < Math.min(SHOWN, mean.length); i++) {
            double variance = statistics.hasMatrix() ? covariance[i][i] : covariance[0][i];
            table.row("mean of x" + i + ", std", shown(mean[i]) + ", " + shown(Math.sqrt(variance)));
        }
        Estimate distance = distance();
        if (distance != null) {
            table.row(
                    "energy distance, standard error",
                    shown(distance.value())
                            + (distance.standardError().isPresent()
                                    ? ", " + shown(distance.standardError().getAsDouble())
                                    : ""));
        }
        return table.lines();
    }

    private static String shown(double number) {
        return String.format(Locale.ROOT, "%.4g", number);
    }
}
