package io.scoreflux.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** What the contract names and this version does not have. */
final class Later {
    /** Commands. */
    static final List<String> COMMANDS = List.of();

    private static final List<String> OPTIONS = List.of("--fixed-rows");

    private Later() {}

    /** Makes a command refuse each later option by its own name, with or without a value. */
    static void refuseOptions(CommandSpec command) {
        for (String name : OPTIONS) {
            command.addOption(OptionSpec.builder(name)
                    .hidden(true)
                    .arity("0..1")
                    .type(String.class)
                    .parameterConsumer((args, option, spec) -> {
                        throw new ParameterException(
                                spec.commandLine(), name + " is not in this version; leave it out");
                    })
                    .build());
        }
    }
}
