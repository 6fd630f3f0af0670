package io.scoreflux.benchmarks.network;

import io.scoreflux.benchmarks.Figures;
import io.scoreflux.evaluation.Curve;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * Errors for equal numbers of calls: budget mode, and fixed-step schemes on the better of two grids for that number. Several threads may
 * measure different numbers.
 */
final class EqualCalls {
    static final List<Scheme> SCHEMES = List.of(Scheme.HEUN, Scheme.DPMPP_2M, Scheme.DPMPP_3M, Scheme.UNIPC);
    private static final String BUDGET = "budget";

    private final DigitRuns runs;
    private final double[][] reference;
    private final Map<Integer, Measurement> budget = new ConcurrentSkipListMap<>();
    private final Map<Integer, Long> pilots = new ConcurrentSkipListMap<>();
    private final Map<Scheme, Map<Integer, Rival>> rivals = new ConcurrentSkipListMap<>();

    /**
     * A scheme on its better grid.
     *
     * @param grid the better grid
     * @param measurement the measurement on this grid
     */
    record Rival(SigmaGrid grid, Measurement measurement) {}

    EqualCalls(DigitRuns runs, double[][] reference) {
        this.runs = runs;
        this.reference = reference;
    }

    /** Measures all solvers at a number of calls. The solver of budget mode may already be placed. */
    void measure(int calls, Solver budgetMode) {
        DigitRuns.Run run = runs.run(budgetMode);
        budget.put(calls, DigitRuns.measure(BUDGET, calls, run.outcomes(), reference));
        pilots.put(calls, run.pilotCalls());
        for (Scheme scheme : SCHEMES) {
            rivals.computeIfAbsent(scheme, any -> new ConcurrentSkipListMap<>()).put(calls, better(scheme, calls));
        }
    }

    private Rival better(Scheme scheme, int calls) {
        return Stream.of(SigmaGrid.values())
                .map(grid -> new Rival(
                        grid,
                        DigitRuns.measure(
                                scheme.label(),
                                calls,
                                runs.run(new FixedStep(scheme, calls, grid)).outcomes(),
                                reference)))
                .min(Comparator.comparingDouble(rival -> rival.measurement().rmsError()))
                .orElseThrow();
    }

    /** The root mean square error per pixel of budget mode. */
    double ofBudget(int calls) {
        return of(budget, calls).rmsError();
    }

    /** The smallest error of the fixed-step schemes. */
    double ofBestOther(int calls) {
        return SCHEMES.stream()
                .mapToDouble(
                        scheme -> of(of(rivals, scheme), calls).measurement().rmsError())
                .min()
                .orElseThrow();
    }

    /** All measurements. */
    List<Measurement> measurements() {
        List<Measurement> all = new ArrayList<>(budget.values());
        rivals.values().forEach(each -> each.values().forEach(rival -> all.add(rival.measurement())));
        return all;
    }

    /**
     * One line per solver, and one column per number of calls.
     *
     * @param sliding the curve of tolerance mode, for interpolation
     */
    List<String> table(Curve sliding) {
        List<Integer> calls = List.copyOf(budget.keySet());
        TextTable table = new TextTable(1, row("solver", calls, each -> Integer.toString(each)));
        table.row(row("budget mode", calls, each -> Figures.format("%.1e  ", ofBudget(each))));
        table.row(row("sliding, tolerance mode", calls, each -> orNone("%.1e  ", sliding.errorAt(each))));
        rivals.forEach((scheme, each) -> table.row(row(scheme.label(), calls, n -> {
            Rival rival = of(each, n);
            return Figures.format("%.1e ", rival.measurement().rmsError())
                    + (rival.grid() == SigmaGrid.KARRAS ? "k" : "u");
        })));
        table.row(row(
                "budget mode / best other",
                calls,
                each -> Figures.format("%.3f  ", ofBudget(each) / ofBestOther(each))));
        table.row(row("sliding / best other", calls, each -> {
            OptionalDouble own = sliding.errorAt(each);
            return orNone("%.3f  ", own.isPresent() ? OptionalDouble.of(own.getAsDouble() / ofBestOther(each)) : own);
        }));
        table.row(row("calls of budget mode's pilot", calls, each -> of(pilots, each) + "  "));
        return table.lines();
    }

    private static String orNone(String pattern, OptionalDouble value) {
        return value.isPresent() ? Figures.format(pattern, value.getAsDouble()) : "-  ";
    }

    private static String[] row(String name, List<Integer> calls, IntFunction<String> cell) {
        return Stream.concat(Stream.of(name), calls.stream().map(cell::apply)).toArray(String[]::new);
    }

    private static <K, V> V of(Map<K, V> map, K key) {
        V value = map.get(key);
        if (value == null) {
            throw new IllegalStateException(key + " was not measured, only " + map.keySet());
        }
        return value;
    }
}
