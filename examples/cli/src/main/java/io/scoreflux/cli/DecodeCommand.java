package io.scoreflux.cli;

import io.scoreflux.cli.Delivery.Request;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Samples from given states. */
@Command(
        name = "decode",
        description = "Carries given states at --from-sigma to the target; sample k starts from row k.",
        footer = OutputHelp.TEXT,
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class DecodeCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--initial",
            required = true,
            paramLabel = "STATES.csv",
            converter = FileName.class,
            description = "The states z = x0 + sigma n, one a line")
    private Path initial = Path.of("");

    @Mixin
    private final RunOptions options = new RunOptions();

    DecodeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
        try (Target target = options.target()) {
            double[][] states = states(target);
            int first = (int) options.firstIndex;
            return new Delivery(console, options)
                    .run(
                            target,
                            new Request(
                                    states.length - first, sampler -> sampler.decode(states, first, states.length)));
        }
    }

    private double[][] states(Target target) {
        RowSet given = CsvRows.read(initial);
        int dimension = target.denoiser().dimension();
        if (given.dimension() != dimension) {
            throw new UserError(
                    initial + ": the states have dimension " + given.dimension() + ", the target has " + dimension);
        }
        int rows = given.rows().size();
        long first = options.firstIndex;
        String known = initial + ", which has " + rows + (rows == 1 ? " row" : " rows");
        if (first > rows) {
            throw new UserError("--first-index " + first + " is beyond the last row of " + known
                    + "; rows are numbered from 0, so give at most " + (rows - 1));
        }
        if (options.count != null && options.count > rows - first) {
            throw new UserError("--count " + options.count + " from row " + first + " on is beyond the last row of "
                    + known + "; give at most " + (rows - first));
        }
        long end = options.count == null ? rows : first + options.count;
        return Arrays.copyOf(given.toArray(), (int) end);
    }
}
