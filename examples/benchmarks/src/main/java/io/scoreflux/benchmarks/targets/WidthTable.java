package io.scoreflux.benchmarks.targets;

import io.scoreflux.evaluation.Outcome;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.solve.Solver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * The mean calls of a solver on families of targets whose components become narrower, by factors of about 3, from a quarter of the radius to a
 * thousandth. The last column has the calls that each further factor of 10 costs over the last three widths.
 */
final class WidthTable {
    private static final int WIDTHS = 6;
    private static final double FIRST = 0.3;
    private static final double FACTOR = 1.0 / 3;

    private WidthTable() {}

    static List<String> lines(int rows, long seed, Solver solver) {
        Map<String, IntFunction<Target>> families = new LinkedHashMap<>();
        families.put("eight modes on a circle", k -> Targets.ring(width(k)));
        families.put("two modes on a line", k -> Targets.twoModes(width(k)));
        families.put("32 random modes, 3-d", k -> Targets.modes("modes32", 32, 3, width(k)));
        families.put("32 random modes, 32-d", k -> Targets.modes("modes32", 32, 32, width(k)));
        families.put("300 points of a spiral", k -> Targets.spiral(width(k)));
        families.put("Cantor set of as many steps", k -> Targets.cantor(k + 1));
        List<String> head = new ArrayList<>(List.of("target"));
        for (int k = 0; k < WIDTHS; k++) {
            head.add(String.format(Locale.ROOT, "%.2g", width(k)));
        }
        head.add("a factor of 10");
        TextTable table = new TextTable(1, head.toArray(String[]::new));
        families.forEach((name, family) -> {
            List<String> line = new ArrayList<>(List.of(name));
            double[] calls = new double[WIDTHS];
            for (int k = 0; k < WIDTHS; k++) {
                calls[k] = calls(family.apply(k), rows, seed, solver);
                line.add(String.format(Locale.ROOT, "%.1f", calls[k]));
            }
            double growth = (calls[WIDTHS - 1] - calls[WIDTHS - 3]) / (2 * StrictMath.log10(1 / FACTOR));
            line.add(String.format(Locale.ROOT, "%.1f", growth));
            table.row(line.toArray(String[]::new));
        });
        return table.lines();
    }

    private static double width(int k) {
        return FIRST * StrictMath.pow(FACTOR, k);
    }

    private static double calls(Target target, int rows, long seed, Solver solver) {
        return target.experiment(target.toSigma(), seed, rows).run(solver, () -> {}).stream()
                .mapToLong(Outcome::calls)
                .average()
                .orElseThrow();
    }
}
