package io.scoreflux.cli;

import io.scoreflux.cli.Delivery.Request;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

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

    @Mixin
    private final RunOptions options = new RunOptions();

    SampleCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
        long count = options.countOr(RunOptions.DEFAULT_COUNT);
        long first = options.firstIndex;
        try (Target target = options.target()) {
            return new Delivery(console, options)
                    .run(target, new Request(count, sampler -> sampler.samples(first, first + count)));
        }
    }
}
