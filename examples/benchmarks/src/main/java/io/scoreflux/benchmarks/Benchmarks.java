package io.scoreflux.benchmarks;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Compares calls against true error on four problems with general integrators. The argument is the directory of the problems. */
public final class Benchmarks {
    private static final int ALL_ROWS = 48;

    private Benchmarks() {}

    /** Runs for about a minute. */
    public static void main(String[] args) {
        Path directory = Path.of(args.length == 1 ? args[0] : "examples/problems");
        // Down to 1e-13, so that the true errors of all solvers reach 1e-10.
        List<Integer> exponents = IntStream.rangeClosed(2, 13).boxed().toList();
        List<KnownProblem> problems = List.of(KnownProblem.values());
        print(directory, problems, ALL_ROWS, exponents, System.out, System.err);
        printMore(directory, problems, ALL_ROWS, System.out, System.err);
    }

    /** Prints the tables of the other solvers and of the certificates. */
    static void printMore(Path directory, List<KnownProblem> problems, int rows, PrintStream out, PrintStream err) {
        err.println("certificates");
        out.println();
        out.println("Sliding's error estimates from 1e-3 to 1e-10; with the factor chosen on the other problems");
        Certificates.table(directory, problems, rows).forEach(out::println);
        err.println("parallel");
        out.println();
        out.println("Parallel collocation");
        Rounds.table(directory, problems, rows, List.of(4, 6, 8, 10)).forEach(out::println);
        err.println("budgets");
        out.println();
        out.println("Budget mode: true rms errors");
        List<Integer> budgets = List.of(5, 10, 20, 30, 50, 100);
        Budgets.table(directory, problems, rows, budgets).forEach(out::println);
        out.println();
        out.println("Budget mode: calls of the pilot");
        Budgets.pilots(directory, problems, budgets).forEach(out::println);
    }

    /** Measures and prints. */
    static List<Sweep> print(
            Path directory,
            List<KnownProblem> problems,
            int rows,
            List<Integer> exponents,
            PrintStream out,
            PrintStream err) {
        List<Sweep> sweeps = new ArrayList<>();
        for (KnownProblem problem : problems) {
            sweeps.add(Sweep.of(problem, directory, rows, exponents, err::println));
        }
        out.println("Denoiser calls at a true rms error");
        Report.callsAt(sweeps).forEach(out::println);
        for (Sweep sweep : sweeps) {
            out.println();
            out.println("Sliding-window collocation");
            Report.tolerances(sweep).forEach(out::println);
        }
        out.println();
        out.println("calls = c log10(1 / error)^p");
        Report.growth(sweeps).forEach(out::println);
        return sweeps;
    }
}
