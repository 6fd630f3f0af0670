package io.scoreflux.benchmarks.targets;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.solve.sliding.Sliding;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Prints how reliable and how expensive the solvers are on {@link Targets}.
 *
 * <p>Arguments, each {@code name=value} and optional: {@code table} (certificates, calls, widths, all of these, budgets, or rare),
 * {@code solvers} (separated by commas; see {@link Contestant}), {@code budgets} (numbers of calls, separated by commas), {@code targets}
 * (names, separated by commas, or all), {@code rows} (400), {@code seed} (1) of the initial states, {@code random} (six) random targets of
 * {@code random-seed} (1), {@code digits} (3-10), {@code cache} (a directory for references).
 */
public final class TargetBenchmarks {
    private static final int WIDTH_ROWS = 48;
    private static final double WIDTH_TOLERANCE = 1e-8;
    private static final String ALL = "all";
    private static final List<String> NAMES = List.of(
            "table", "solvers", "budgets", "targets", "rows", "seed", "random", "random-seed", "digits", "cache");
    private static final List<String> TABLES = List.of("certificates", "calls", "widths", ALL, "budgets", "rare");

    private TargetBenchmarks() {}

    /** Runs for some minutes. The first run also computes the references. */
    public static void main(String[] args) {
        Map<String, String> given = arguments(args);
        String table = given.getOrDefault("table", ALL);
        requireKnown("table", table, TABLES);
        List<Target> targets = new ArrayList<>(Targets.fixed());
        targets.addAll(Targets.random(
                Long.parseLong(given.getOrDefault("random-seed", "1")),
                Integer.parseInt(given.getOrDefault("random", "6"))));
        String names = given.getOrDefault("targets", ALL);
        if (!names.equals(ALL)) {
            List<String> chosen = List.of(names.split(",", -1));
            List<String> known = targets.stream().map(Target::name).toList();
            chosen.forEach(name -> requireKnown("targets", name, known));
            targets.removeIf(target -> !chosen.contains(target.name()));
        }
        String[] digits = given.getOrDefault("digits", "3-10").split("-", -1);
        Study study = new Study(
                targets,
                Integer.parseInt(given.getOrDefault("rows", "400")),
                Long.parseLong(given.getOrDefault("seed", "1")),
                Integer.parseInt(digits[0]),
                Integer.parseInt(digits[digits.length - 1]),
                Path.of(given.getOrDefault("cache", "target/references")),
                System.err::println);
        if (table.equals("budgets") || table.equals("rare")) {
            List<Integer> budgets = Arrays.stream(
                            given.getOrDefault("budgets", "10,20,30,50,100").split(",", -1))
                    .map(Integer::parseInt)
                    .toList();
            lines(study, table, budgets, given).forEach(System.out::println);
            return;
        }
        String solvers = given.getOrDefault("solvers", "sliding,sliding-to-0,encode,parallel,picard");
        print(
                study,
                table,
                Arrays.stream(solvers.split(",", -1)).map(Contestant::of).toList(),
                System.out);
    }

    /** Splits arguments of the form {@code name=value}. */
    private static Map<String, String> arguments(String... args) {
        Map<String, String> given = new TreeMap<>();
        for (String arg : args) {
            int at = arg.indexOf('=');
            if (at < 0) {
                throw new InvalidArgumentException("arguments", "must be of the form name=value", "'" + arg + "'");
            }
            requireKnown("the name of an argument", arg.substring(0, at), NAMES);
            given.put(arg.substring(0, at), arg.substring(at + 1));
        }
        return given;
    }

    private static void requireKnown(String what, String name, List<String> known) {
        if (!known.contains(name)) {
            throw new InvalidArgumentException(what, "must be one of " + String.join(", ", known), "'" + name + "'");
        }
    }

    private static List<String> lines(Study study, String table, List<Integer> budgets, Map<String, String> given) {
        if (table.equals("budgets")) {
            return BudgetTable.lines(study, budgets);
        }
        List<RareModes.Case> cases = new ArrayList<>(RareModes.fixed());
        cases.addAll(RareModes.random(
                Long.parseLong(given.getOrDefault("random-seed", "1")),
                Integer.parseInt(given.getOrDefault("random", "6"))));
        return RareModes.lines(cases, study.rows(), budgets);
    }

    /** Prints the chosen tables. */
    static void print(Study study, String table, List<Contestant> contestants, PrintStream out) {
        if (table.equals("widths") || table.equals(ALL)) {
            out.println("sliding at 1e-8: mean calls at each width over the radius of a family of targets");
            WidthTable.lines(WIDTH_ROWS, study.seed(), new Sliding(WIDTH_TOLERANCE))
                    .forEach(out::println);
            out.println();
        }
        for (Contestant contestant : table.equals("widths") ? List.<Contestant>of() : contestants) {
            Map<Target, List<List<Row>>> solved = new LinkedHashMap<>();
            study.targets().forEach(target -> solved.put(target, study.solve(target, contestant)));
            if (!table.equals("calls")) {
                out.println(contestant.label() + ": per cent of rows with a low / a high estimate, and silent rows");
                CertificateTable.lines(study, solved).forEach(out::println);
                out.println();
            }
            if (!table.equals("certificates")) {
                out.println(contestant.label() + ": mean calls, and rms error over the tolerance");
                CallsTable.lines(study, contestant, solved).forEach(out::println);
                out.println();
            }
        }
    }
}
