package io.scoreflux.benchmarks.rough;

import io.scoreflux.benchmarks.Figures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The error of one solver on one network.
 *
 * @param calls mean denoiser calls of a row
 * @param error root mean square over rows, relative to the root mean square of the data
 * @param name the solver
 */
record Result(String network, double calls, double error, String name) {
    /** Reads a CSV file with a header and these four columns, without quotes. */
    static List<Result> read(Path file) {
        try {
            return Files.readAllLines(file).stream().skip(1).map(Result::parse).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Result parse(String line) {
        String[] cells = line.split(",", -1);
        return new Result(cells[0], Double.parseDouble(cells[1]), Double.parseDouble(cells[2]), cells[3]);
    }

    /** The error and the solver. */
    String text() {
        return Figures.format("%.1e", error) + " " + name;
    }
}
