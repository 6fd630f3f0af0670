package io.scoreflux.cli.command;

import io.scoreflux.cli.command.Delivery.Request;
import io.scoreflux.cli.option.FileName;
import io.scoreflux.cli.option.RunOptions;
import io.scoreflux.cli.output.Console;
import io.scoreflux.files.format.SampleFile;
import io.scoreflux.files.targets.Target;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Decodes given states. */
@Command(
        name = "decode",
        description = "Solves from given states at noise level --from-sigma down to --to-sigma. Sample k starts from"
                + " row k.",
        footer = OutputHelp.TEXT,
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class DecodeCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--initial",
            required = true,
            paramLabel = "STATES",
            converter = FileName.class,
            description = "The initial states z = x0 + sigma n, one per row; " + SampleFile.HELP)
    private Path initial = Path.of("");

    @Mixin
    private final RunOptions options = new RunOptions();

    public DecodeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
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
