package io.scoreflux.cli.command;

import io.scoreflux.Sample;
import io.scoreflux.cli.option.CorrectionReport;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.reject.ClippingBound;
import io.scoreflux.solve.Certificate;
import java.io.PrintStream;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A table of certificates: one line per status with costs and error estimates, and one on rejection sampling or Metropolis moves. */
final class CertificateTable {
    private final Map<Certificate.Status, Line> lines = new EnumMap<>(Certificate.Status.class);
    private final @Nullable CorrectionReport correction;
    private final ClippingBound clipping = new ClippingBound();
    private @Nullable String firstFailure;

    private static final class Line {
        long samples;
        long calls;
        long worstCalls;
        long rounds;
        long estimates;
        double error;
        double worstError;
    }

    /**
     * Creates an empty table.
     *
     * @param correction the report on rejection sampling or Metropolis moves, or null without one
     */
    CertificateTable(@Nullable CorrectionReport correction) {
        this.correction = correction;
    }

    /** Adds a sample. */
    void add(Sample sample) {
        Certificate certificate = sample.certificate();
        Line line = lines.computeIfAbsent(certificate.status(), status -> new Line());
        clipping.add(certificate);
        line.samples++;
        line.calls += certificate.calls();
        line.worstCalls = Math.max(line.worstCalls, certificate.calls());
        line.rounds += certificate.rounds();
        certificate.error().ifPresent(error -> {
            line.estimates++;
            line.error += error;
            line.worstError = Math.max(line.worstError, error);
        });
        if (certificate.failure() != null && firstFailure == null) {
            firstFailure = "sample " + sample.index() + ": " + MessageText.of(certificate.failure());
        }
    }

    /** The number of failed samples. */
    long failed() {
        Line line = lines.get(Certificate.Status.FAILED);
        return line == null ? 0 : line.samples;
    }

    /** The index of the first failed sample with the reason, or null. */
    @Nullable
    String firstFailure() {
        return firstFailure;
    }

    void print(PrintStream out) {
        out.println(row("status", "samples", "mean calls", "worst", "mean rounds", "mean error", "worst"));
        for (Map.Entry<Certificate.Status, Line> entry : lines.entrySet()) {
            Line line = entry.getValue();
            boolean estimated = line.estimates > 0;
            out.println(row(
                    entry.getKey().toString(),
                    Long.toString(line.samples),
                    format("%.1f", (double) line.calls / line.samples),
                    Long.toString(line.worstCalls),
                    format("%.1f", (double) line.rounds / line.samples),
                    estimated ? format("%.1e", line.error / line.estimates) : "none",
                    estimated ? format("%.1e", line.worstError) : "none"));
        }
        if (lines.isEmpty()) {
            out.println(row("none", "0", "", "", "", "", "").stripTrailing());
        }
        if (correction != null && clipping.samples() > 0) {
            out.println(correction.line(clipping));
        }
        Line unconverged = lines.get(Certificate.Status.UNCONVERGED);
        if (unconverged != null) {
            out.println(warning(unconverged));
        }
    }

    /** Without this sentence, a run that ends with exit code 0 looks like one that reached its tolerance. */
    private static String warning(Line unconverged) {
        return "warning: " + unconverged.samples + " unconverged, with an estimated error of up to "
                + format("%.1e", unconverged.worstError) + " of the radius; give a larger --tolerance, such as 1e-2, or"
                + " a fixed-step solver, such as --solver dpmpp-3m --budget 50";
    }

    private static String row(
            String status, String samples, String calls, String worst, String rounds, String error, String worstError) {
        return String.format(
                Locale.ROOT,
                "%-11s %8s %11s %8s %12s %11s %8s",
                status,
                samples,
                calls,
                worst,
                rounds,
                error,
                worstError);
    }

    private static String format(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }
}
