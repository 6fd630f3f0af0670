package io.scoreflux.cli.option;

import io.scoreflux.Solvers;
import io.scoreflux.files.format.Format;
import io.scoreflux.reject.Fors;
import io.scoreflux.reject.StepRule;
import io.scoreflux.solve.Setting;
import io.scoreflux.solve.SolverDescriptor;
import io.scoreflux.solve.budget.Budget;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.ListResourceBundle;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Texts that help texts refer to as <code>${bundle:KEY}</code>. They are derived from the lists of solvers and formats. A key must not be
 * the name of an option, because it would replace the description of that option.
 */
public final class HelpTexts extends ListResourceBundle {
    private static final String TOLERANCE = "tolerance";

    @Override
    protected Object[][] getContents() {
        return new Object[][] {
            {"formats", Format.names()},
            {"endings", Format.endings()},
            {"read-endings", Format.readEndings()},
            {"solver-names", String.join(", ", SolverChoice.names()).replaceFirst(",", " (default),")},
            {
                "compared-solvers",
                String.join(", ", adaptive(false).map(SolverDescriptor::name).toList())
            },
            {
                "tolerance-ranges",
                "Intended error, relative to the radius of the target: " + ranges(false) + ". For " + ranges(true)
                        + ": intended limit on the total variation distance that clipping of weights causes"
                        + " (default: 1e-4)"
            },
            {
                "solvers-to-zero",
                String.join(
                        " or ",
                        Solvers.all().stream()
                                .filter(one -> one.example().reachesZero())
                                .map(SolverDescriptor::name)
                                .toList())
            },
            {"budget.calls", setting(Budget.DESCRIPTOR, "calls").range()},
            {"fors.tolerance", setting(Fors.DESCRIPTOR, TOLERANCE).range()},
            {"fors.chains", StepRule.Pilot.CHAINS.range()}
        };
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
