package io.scoreflux.cli.command;

import io.scoreflux.cli.option.WorkerOptions;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Output;
import io.scoreflux.files.format.JsonOutput;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/**
 * The settings of a check.
 *
 * @param samples number of random samples that are computed again
 * @param seed seed of their selection
 * @param tolerance largest permitted difference of a value, relative to the largest value of its sample; 0 if all bits must agree
 * @param workers options for the calls of the model
 * @param quiet whether to suppress progress
 */
record Verification(Console console, int samples, long seed, double tolerance, WorkerOptions workers, boolean quiet) {

    /** Writes the result, one JSON object, to standard output. */
    void report(Consumer<JsonGenerator> fields) {
        try (Output output = Output.open(console, "the result", null)) {
            output.write(JsonOutput.line(fields));
        }
    }
}
