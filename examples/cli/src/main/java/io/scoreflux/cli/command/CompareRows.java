package io.scoreflux.cli.command;

import io.scoreflux.cli.option.CompareOptions;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.files.format.RowSet;
import io.scoreflux.files.format.SampleFile;
import io.scoreflux.files.input.InputFile;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.Denoiser;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The initial states of a comparison, and the exact end states if they are given. */
final class CompareRows {
    private static final int DEFAULT_COUNT = 16;

    private final double[][] states;
    private final double @Nullable [][] reference;

    private CompareRows(double[][] states, double @Nullable [][] reference) {
        this.states = states;
        this.reference = reference;
    }

    /** The initial states of all solvers. */
    double[][] states() {
        return states;
    }

    /** The exact end states of the probability flow, or null if they must be computed. */
    double @Nullable [][] reference() {
        return reference;
    }

    /** Reads the given files, and draws the initial states if they are not given. */
    static CompareRows of(CompareOptions options, Denoiser denoiser, double fromSigma) {
        int dimension = denoiser.dimension();
        double[][] given = options.initial == null ? null : read("--initial", options.initial, dimension);
        double[][] ends = options.reference == null ? null : read("--reference", options.reference, dimension);
        if (given != null && ends != null && given.length != ends.length) {
            throw new UserError("--reference must have one row per initial state: " + options.initial + " has "
                    + given.length + " rows, " + options.reference + " has " + ends.length);
        }
        int available = given != null ? given.length : ends != null ? ends.length : Integer.MAX_VALUE;
        int whole = available == Integer.MAX_VALUE ? DEFAULT_COUNT : available;
        int count = options.count == null ? whole : options.count;
        if (count > available) {
            throw new UserError("--count must be at most " + available + ", the number of rows of "
                    + (given != null ? options.initial : options.reference) + ", was " + count);
        }
        double[][] states = given != null
                ? Arrays.copyOf(given, count)
                : Experiment.starts(denoiser, fromSigma, options.seed(), count);
        return new CompareRows(states, ends == null ? null : Arrays.copyOf(ends, count));
    }

    private static double[][] read(String option, Path file, int dimension) {
        RowSet rows = InputFile.read(file, () -> SampleFile.states(file));
        if (rows.dimension() != dimension) {
            throw new UserError(option + ": the rows of " + file + " have dimension " + rows.dimension()
                    + ", the target has " + dimension);
        }
        return rows.toArray();
    }
}
