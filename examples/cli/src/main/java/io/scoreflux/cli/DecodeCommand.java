package io.scoreflux.cli;

import io.scoreflux.cli.Delivery.Request;
import java.nio.file.Path;
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
            paramLabel = "STATES",
            converter = FileName.class,
            description = "The states z = x0 + sigma n, one a row; " + SampleFile.HELP)
    private Path initial = Path.of("");

    @Mixin
    private final RunOptions options = new RunOptions();

    DecodeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
        options.requireOneClass("decode");
        try (Target target = options.target()) {
            double[][] states = options.rows("--initial", initial, target);
            int first = (int) options.firstIndex;
            return new Delivery(console, options)
                    .run(
                            target,
                            new Request(
                                    states.length - first, sampler -> sampler.decode(states, first, states.length)));
        }
    }
}
