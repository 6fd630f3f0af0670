package io.scoreflux.benchmarks.rough;

import io.scoreflux.benchmarks.Figures;
import io.scoreflux.evaluation.Curve;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.evaluation.plot.CurveChart;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import javax.imageio.ImageIO;

/**
 * Errors against calls, beside those of others.
 *
 * @param others the figures of others, one for each network and number of calls
 * @param name what the others are called
 */
record CallsComparison(List<Entry> entries, List<Result> others, String name) {
    /**
     * A measurement of this library.
     *
     * @param setting the solver's tolerance or calls
     * @param own the solver
     * @param fixed the best fixed-step scheme at these calls
     */
    record Entry(String setting, Result own, Result fixed) {}

    /** One line for each entry. Between the calls at which others have figures, theirs are interpolated and have no name. */
    List<String> table() {
        TextTable table =
                new TextTable(2, "network", "solver", "setting", "calls", "error", "best fixed", name, "ratio");
        for (Entry entry : entries) {
            Result own = entry.own();
            OptionalDouble other = curve(others, own.network()).errorAt(own.calls());
            String solver = others.stream()
                    .filter(result -> result.network().equals(own.network()) && result.calls() == own.calls())
                    .map(Result::name)
                    .findFirst()
                    .orElse("");
            table.row(
                    own.network(),
                    own.name(),
                    entry.setting(),
                    Figures.format("%.0f", own.calls()),
                    Figures.format("%.1e", own.error()),
                    entry.fixed().text(),
                    other.isEmpty()
                            ? "-"
                            : new Result("", 0, other.getAsDouble(), solver)
                                    .text()
                                    .strip(),
                    other.isEmpty() ? "-" : Figures.format("%.2f", own.error() / other.getAsDouble()));
        }
        return table.lines();
    }

    /** Draws a panel for each network, and writes a PNG. */
    void draw(Path file) {
        Map<String, List<CurveChart.Series>> panels = new LinkedHashMap<>();
        for (Entry entry : entries) {
            panels.computeIfAbsent(entry.own().network(), this::series);
        }
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            ImageIO.write(CurveChart.panels("denoiser calls", "relative rms error", panels), "png", file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<CurveChart.Series> series(String network) {
        Map<String, List<Result>> results = new LinkedHashMap<>();
        for (Entry entry : entries) {
            results.computeIfAbsent(entry.own().name(), solver -> new ArrayList<>())
                    .add(entry.own());
        }
        results.put("best fixed-step scheme", entries.stream().map(Entry::fixed).toList());
        results.put("best of " + name, others);
        return results.entrySet().stream()
                .map(entry -> curve(entry.getValue(), network).series(entry.getKey(), false))
                .toList();
    }

    private static Curve curve(List<Result> results, String network) {
        return new Curve(
                network,
                results.stream()
                        .filter(result -> result.network().equals(network))
                        .map(result -> new Curve.Point(result.calls(), result.error()))
                        .toList());
    }
}
