package io.scoreflux.benchmarks.network;

import io.scoreflux.evaluation.Curve;
import io.scoreflux.evaluation.plot.CurveChart;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/** Plots errors per pixel against calls. */
final class ErrorPlot {
    private ErrorPlot() {}

    /**
     * Writes a PNG.
     *
     * @param uncertainty the error of the reference, drawn as a dashed line; smaller errors are meaningless
     */
    static void write(Path file, List<Curve> curves, double uncertainty) {
        List<CurveChart.Series> series = new ArrayList<>();
        double least = Double.POSITIVE_INFINITY;
        double most = 0;
        for (Curve curve : curves) {
            List<Double> calls = curve.points().stream().map(Curve.Point::cost).toList();
            series.add(curve.series(curve.name(), false));
            least = Math.min(least, calls.get(0));
            most = Math.max(most, calls.get(calls.size() - 1));
        }
        series.add(new CurveChart.Series(
                "the reference's own", List.of(least, most), List.of(uncertainty, uncertainty), true));
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            ImageIO.write(
                    CurveChart.draw(
                            "Error against calls of a network of digits",
                            "mean denoiser calls of a sample",
                            "root mean square error per pixel",
                            series),
                    "png",
                    file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
