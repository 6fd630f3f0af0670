package io.scoreflux.cli.option;

import io.scoreflux.files.text.Decimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The options of a run as text, so that it can be repeated. */
final class Arguments {
    /** Options that change no sample: the range, the output, and the speed. A new option counts unless it is added here. */
    private static final Set<String> OTHERS = Set.of(
            "--count",
            "--islands",
            "--first-index",
            "--batch",
            "--threads",
            "--memory",
            "--format",
            "--out",
            "--plot",
            "--film",
            "--save-plan",
            "--receipts",
            "--shard",
            "--part-size",
            "--quiet",
            "--help",
            "--version");

    private Arguments() {}

    /** The options of a parsed command that determine the samples, as {@code --name=value}, in the order of their names. */
    static List<String> of(CommandSpec command) {
        return command.options().stream()
                .filter(option -> !OTHERS.contains(option.longestName()))
                .sorted(Comparator.comparing(OptionSpec::longestName))
                .flatMap(option -> values(option).stream().map(value -> option.longestName() + "=" + value))
                .toList();
    }

    private static List<String> values(OptionSpec option) {
        Object value = option.getValue();
        if (value == null) {
            return List.of();
        }
        // The same number can be given in several ways.
        if (value instanceof Double number) {
            return List.of(Decimal.of(number));
        }
        if (value instanceof Number || option.originalStringValues().isEmpty()) {
            return value instanceof List<?> list && list.isEmpty() ? List.of() : List.of(value.toString());
        }
        return new ArrayList<>(option.originalStringValues());
    }
}
