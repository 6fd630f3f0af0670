package io.scoreflux.cli;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what is wrong with arguments that could not be read: the name, the rule, the value. */
final class ArgumentErrors {
    private ArgumentErrors() {}

    /** The complaint, and where help is. */
    static String describe(ParameterException e) {
        CommandLine command = e.getCommandLine();
        String help = "; see " + command.getCommandSpec().qualifiedName() + " --help";
        String argument = unknown(e);
        if (argument != null) {
            return unknown(command, argument) + help;
        }
        return known(e) + available(command) + help;
    }

    /** The first argument that is not known, or null. */
    private static @Nullable String unknown(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            return unmatched.getUnmatched().get(0);
        }
        if (e instanceof MissingParameterException) {
            // A mistyped option is the likely reason why another is missing.
            ParseResult parsed = e.getCommandLine().getParseResult();
            return parsed == null
                    ? null
                    : parsed.unmatched().stream()
                            .filter(argument -> argument.startsWith("-"))
                            .findFirst()
                            .orElse(null);
        }
        return null;
    }

    private static String unknown(CommandLine command, String argument) {
        if (argument.startsWith("-")) {
            int value = argument.indexOf('=');
            String name = value < 0 ? argument : argument.substring(0, value);
            List<String> options = command.getCommandSpec().options().stream()
                    .filter(option -> !option.hidden())
                    .map(OptionSpec::longestName)
                    .toList();
            return "unknown option '" + name + "'" + Names.hint(name, options);
        }
        Collection<String> commands = command.getSubcommands().keySet();
        if (commands.isEmpty()) {
            return "unexpected argument '" + argument + "'";
        }
        return "unknown command '" + argument + "'" + Names.hint(argument, commands) + available(command);
    }

    private static String available(CommandLine command) {
        Collection<String> commands = command.getSubcommands().keySet();
        return commands.isEmpty() ? "" : "; available: " + String.join(", ", commands);
    }

    /** About an option that is known, or about none. */
    private static String known(ParameterException e) {
        String value = e.getValue();
        boolean conversion = e.getClass() == ParameterException.class;
        if (conversion && value != null && e.getArgSpec() instanceof OptionSpec option) {
            String rule = rule(option.typeInfo().getType(), value);
            if (rule != null) {
                return option.longestName() + " " + rule;
            }
        }
        return String.valueOf(e.getMessage());
    }

    private static @Nullable String rule(Class<?> type, String value) {
        if (type == Path.class) {
            return FileName.rule(value);
        }
        if (type == Labels.class) {
            return Labels.rule(value);
        }
        if (type == double.class || type == Double.class) {
            return "must be a number, was " + value;
        }
        boolean wide = type == long.class || type == Long.class;
        if (!wide && type != int.class && type != Integer.class) {
            return null;
        }
        String range = value.matches("[+-]?\\d+")
                ? " from " + (wide ? Long.MIN_VALUE : Integer.MIN_VALUE) + " to "
                        + (wide ? Long.MAX_VALUE : Integer.MAX_VALUE)
                : "";
        return "must be a whole number" + range + ", was " + value;
    }
}
