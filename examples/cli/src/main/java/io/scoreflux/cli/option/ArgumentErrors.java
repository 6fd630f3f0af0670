package io.scoreflux.cli.option;

import io.scoreflux.files.text.Names;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Describes invalid arguments: the name, the rule, and the value. */
public final class ArgumentErrors {
    private ArgumentErrors() {}

    /** The error message, with a pointer to the help. */
    public static String describe(ParameterException e) {
        CommandLine command = e.getCommandLine();
        Unknown unknown = unknown(e);
        return unknown != null
                ? unknown.describe() + help(unknown.command())
                : known(e) + available(command) + help(command);
    }

    private static String help(CommandLine command) {
        return "; see " + command.getCommandSpec().qualifiedName() + " --help";
    }

    /**
     * An unknown argument.
     *
     * @param command the command that received it
     */
    private record Unknown(CommandLine command, String argument) {
        String describe() {
            if (argument.startsWith("-") && argument.length() > 1) {
                int value = argument.indexOf('=');
                String name = value < 0 ? argument : argument.substring(0, value);
                List<String> options = command.getCommandSpec().options().stream()
                        .filter(option -> !option.hidden())
                        .map(OptionSpec::longestName)
                        .toList();
                return "unknown option '" + name + "'" + Names.hint(name, options);
            }
            if (argument.startsWith("@")) {
                return "unexpected argument '" + argument + "': argument files are not supported; write the arguments"
                        + " themselves";
            }
            Collection<String> commands = command.getSubcommands().keySet();
            return commands.isEmpty()
                    ? "unexpected argument '" + argument + "'"
                    : "unknown command '" + argument + "'" + Names.hint(argument, commands) + available(command);
        }
    }

    /** The first unknown argument, or null. */
    private static @Nullable Unknown unknown(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            return new Unknown(e.getCommandLine(), unmatched.getUnmatched().get(0));
        }
        if (e instanceof MissingParameterException) {
            // An unknown argument is the likely reason for a missing option.
            return firstUnmatched(e.getCommandLine());
        }
        String value = e.getValue();
        // The command whose help was requested.
        return e.getClass() == ParameterException.class && e.getArgSpec() == null && value != null
                ? new Unknown(e.getCommandLine(), value)
                : null;
    }

    /** The first unmatched argument of the program, otherwise that of its command. */
    private static @Nullable Unknown firstUnmatched(CommandLine command) {
        CommandLine parent = command.getParent();
        Unknown before = parent == null ? null : firstUnmatched(parent);
        ParseResult parsed = command.getParseResult();
        if (before != null || parsed == null || parsed.unmatched().isEmpty()) {
            return before;
        }
        return new Unknown(command, parsed.unmatched().get(0));
    }

    private static String available(CommandLine command) {
        Collection<String> commands = command.getSubcommands().keySet();
        return commands.isEmpty() ? "" : "; available: " + String.join(", ", commands);
    }

    /** The message for a known option, or for no option. */
    private static String known(ParameterException e) {
        if (e instanceof OverwrittenOptionException twice && twice.getOverwritten() instanceof OptionSpec option) {
            return option.longestName() + " is given twice; give it once";
        }
        String value = e.getValue();
        boolean conversion = e.getClass() == ParameterException.class;
        if (conversion && value != null && e.getArgSpec() instanceof OptionSpec option) {
            // The type of the elements, if the option takes several.
            String rule = rule(option.auxiliaryTypes()[0], value);
            if (rule != null) {
                return option.longestName() + " " + rule;
            }
        }
        return String.valueOf(e.getMessage());
    }

    private static @Nullable String rule(Class<?> type, String value) {
        if (type == Path.class || type == OutputName.class) {
            return FileName.rule(value);
        }
        if (type == Labels.class) {
            return Labels.rule(value);
        }
        if (type == TensorOption.class) {
            return TensorOption.rule(value);
        }
        if (type == GuidanceInterval.class) {
            return GuidanceInterval.rule(value);
        }
        if (type == ShardOptions.Shard.class) {
            return ShardOptions.rule(value);
        }
        if (type == double.class || type == Double.class) {
            return "must be a number, was " + shown(value);
        }
        boolean wide = type == long.class || type == Long.class;
        if (!wide && type != int.class && type != Integer.class) {
            return null;
        }
        String range = value.matches("[+-]?\\d+")
                ? " from " + (wide ? Long.MIN_VALUE : Integer.MIN_VALUE) + " to "
                        + (wide ? Long.MAX_VALUE : Integer.MAX_VALUE)
                : "";
        return "must be a whole number" + range + ", was " + shown(value);
    }

    /** A value for a message, in quotes if it is blank. */
    static String shown(String value) {
        return value.isBlank() ? "'" + value + "'" : value;
    }
}
