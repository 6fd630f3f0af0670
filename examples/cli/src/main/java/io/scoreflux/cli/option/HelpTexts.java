package io.scoreflux.cli.option;

import io.scoreflux.Solvers;
import io.scoreflux.files.format.Format;
import io.scoreflux.reject.Fors;
import io.scoreflux.reject.StepRule;
import io.scoreflux.solve.Setting;
import io.scoreflux.solve.SolverDescriptor;
import io.scoreflux.solve.budget.Budget;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Texts that help texts refer to as <code>${bundle:KEY}</code>. They are derived from the lists of solvers and formats, once a help text is
 * printed. A key must not be the name of an option, because it would replace the description of that option.
 */
public final class HelpTexts extends ResourceBundle {
    private static final String TOLERANCE = "tolerance";

    private static final Set<String> KEYS = Set.of(
            "formats",
            "endings",
            "read-endings",
            "solver-names",
            "compared-solvers",
            "tolerance-ranges",
            "solvers-to-zero",
            "budget.calls",
            "fors.tolerance",
            "fors.chains");

    @Override
    protected @Nullable Object handleGetObject(String key) {
        return switch (key) {
            case "formats" -> Format.names();
            case "endings" -> Format.endings();
            case "read-endings" -> Format.readEndings();
            case "solver-names" -> String.join(", ", SolverChoice.names()).replaceFirst(",", " (default),");
            case "compared-solvers" ->
                String.join(", ", adaptive(false).map(SolverDescriptor::name).toList());
            case "tolerance-ranges" ->
                "Intended error, relative to the radius of the target: " + ranges(false) + ". For " + ranges(true)
                        + ": intended limit on the total variation distance that clipping of weights causes"
                        + " (default: 1e-4)";
            case "solvers-to-zero" ->
                String.join(
                        " or ",
                        Solvers.all().stream()
                                .filter(one -> one.example().reachesZero())
                                .map(SolverDescriptor::name)
                                .toList());
            case "budget.calls" -> setting(Budget.DESCRIPTOR, "calls").range();
            case "fors.tolerance" -> setting(Fors.DESCRIPTOR, TOLERANCE).range();
            case "fors.chains" -> StepRule.Pilot.CHAINS.range();
            default -> null;
        };
    }

    @Override
    protected Set<String> handleKeySet() {
        return KEYS;
    }

    @Override
    public Enumeration<String> getKeys() {
        return Collections.enumeration(KEYS);
    }

    private static Setting setting(SolverDescriptor descriptor, String name) {
        return descriptor.setting(name).orElseThrow();
    }

    private static Stream<SolverDescriptor> adaptive(boolean stochastic) {
        return Solvers.all().stream()
                .filter(one -> one.setting(TOLERANCE).isPresent())
                .filter(one -> one.example().drawsNoise() == stochastic);
    }

    /** {@code sliding, picard in [1e-14, 1), parallel in [1e-13, 1)}. */
    private static String ranges(boolean stochastic) {
        Map<String, List<String>> names = new LinkedHashMap<>();
        adaptive(stochastic)
                .forEach(one -> names.computeIfAbsent(setting(one, TOLERANCE).range(), any -> new ArrayList<>())
                        .add(one.name()));
        return String.join(
                ", ",
                names.entrySet().stream()
                        .map(entry -> String.join(", ", entry.getValue()) + " in " + entry.getKey())
                        .toList());
    }
}
