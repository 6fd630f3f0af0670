package io.scoreflux.cli;

import io.scoreflux.cli.Delivery.Request;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Samples from noise. */
@Command(
        name = "sample",
        description = "Makes samples of a target from noise.",
        footer = OutputHelp.TEXT,
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class SampleCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--renoise",
            paramLabel = "INPUTS.csv",
            converter = FileName.class,
            description =
                    "Starts sample k from row k with noise of --from-sigma added, as image to image does: the less noise, the"
                            + " more of the input stays")
    @Nullable
    private Path renoise;

    @Mixin
    private final RunOptions options = new RunOptions();

    SampleCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
        Path inputs = renoise;
        if (inputs != null && options.fromSigma == null && options.plan == null) {
            throw new UserError(
                    "--renoise takes --from-sigma, how much noise to add; the default would leave nothing of the inputs");
        }
        long count = options.countOr(RunOptions.DEFAULT_COUNT);
        long first = options.firstIndex;
        try (Target target = options.target()) {
            if (inputs != null) {
                double[][] rows = options.rows("--renoise", inputs, target);
                int start = (int) first;
                return new Delivery(console, options)
                        .run(
                                target,
                                new Request(rows.length - start, sampler -> sampler.renoise(rows, start, rows.length)));
            }
            return new Delivery(console, options)
                    .run(target, new Request(count, sampler -> sampler.samples(first, first + count)));
        }
    }
}
