package io.scoreflux.cli.option;

import io.scoreflux.error.Violation;
import io.scoreflux.evaluation.Contender;
import io.scoreflux.files.text.UserError;
import io.scoreflux.solve.Setting;
import io.scoreflux.solve.budget.Budget;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads the lists of solvers, tolerances and budgets of a comparison. */
public final class Contenders {
    /** Powers of ten. */
    static final String TOLERANCES = "1e-2,1e-3,1e-4,1e-5,1e-6,1e-7,1e-8,1e-9,1e-10,1e-11";

    /** Powers of two. */
    static final String BUDGETS = "8,16,32,64,128,256,512";

    private Contenders() {}

    /**
     * Each adaptive solver at each tolerance, each fixed-step solver at each budget, and the budget mode of sliding, named budget, at those
     * budgets that it accepts.
     *
     * @param solvers names, separated by commas; a colon and a grid may follow the name of a fixed-step solver
     * @param tolerances as given, or null for powers of ten
     * @param budgets as given, or null for powers of two
     * @param grid the grid of fixed-step solvers whose name has none; null for the uniform one
     */
    public static List<Contender> of(
            String solvers, @Nullable String tolerances, @Nullable String budgets, @Nullable String grid) {
        List<Double> eachTolerance = once(
                "--tolerances",
                Numbers.list("--tolerances", tolerances == null ? TOLERANCES : tolerances),
                "tolerance");
        List<Integer> eachBudget = once(
                "--budgets",
                Numbers.list("--budgets", budgets == null ? BUDGETS : budgets).stream()
                        .map(Contenders::wholeBudget)
                        .toList(),
                "budget");
        if (grid != null) {
            SolverChoice.requireGrid(grid);
        }
        List<String> tokens = once("--solvers", Numbers.parts("--solvers", solvers), "solver");
        List<Contender> all = new ArrayList<>();
        for (String token : tokens) {
            add(all, token, eachTolerance, eachBudget, grid == null ? SolverChoice.UNIFORM : grid);
        }
        return all;
    }

    private static String name(String token) {
        int colon = token.indexOf(':');
        return colon < 0 ? token : token.substring(0, colon);
    }

    /** The options that are given and that none of the solvers uses, each in a sentence for the user. */
    public static List<String> remarks(
            String solvers, @Nullable String tolerances, @Nullable String budgets, @Nullable String grid) {
        List<String> tokens = Numbers.parts("--solvers", solvers);
        List<String> remarks = new ArrayList<>();
        addRemark(
                remarks,
                "--tolerances",
                tolerances,
                tokens,
                token -> SolverChoice.isAdaptive(name(token)),
                "a tolerance");
        addRemark(
                remarks,
                "--budgets",
                budgets,
                tokens,
                token -> !SolverChoice.isAdaptive(name(token)),
                "a number of calls");
        addRemark(
                remarks,
                "--grid",
                grid,
                tokens,
                token -> token.equals(name(token)) && SolverChoice.takesGrid(token),
                "a grid from it");
        return remarks;
    }

    private static void addRemark(
            List<String> remarks,
            String option,
            @Nullable String given,
            List<String> tokens,
            Predicate<String> uses,
            String what) {
        if (given != null && tokens.stream().noneMatch(uses)) {
            remarks.add("warning: " + option + " has no effect, because none of the --solvers "
                    + String.join(",", tokens) + " takes " + what);
        }
    }

    /** Rejects an entry that occurs twice. */
    private static <T> List<T> once(String option, List<T> entries, String what) {
        Set<T> seen = new HashSet<>();
        for (T entry : entries) {
            if (!seen.add(entry)) {
                throw new UserError(
                        option + " contains " + Violation.text(entry) + " twice; name each " + what + " once");
            }
        }
        return entries;
    }

    private static void add(
            List<Contender> all, String token, List<Double> tolerances, List<Integer> budgets, String grid) {
        int colon = token.indexOf(':');
        String name = name(token);
        if (name.equals(SolverChoice.BUDGET)) {
            if (colon >= 0) {
                throw SolverChoice.noGrid(name);
            }
            addBudgets(all, budgets);
            return;
        }
        SolverChoice.requireOneOf(name, SolverChoice.comparable());
        if (!SolverChoice.isDeterministic(name)) {
            throw new UserError("--solvers: " + name + " adds noise, so its rows have no true error; compare"
                    + " distributions with 'evaluate' instead");
        }
        if (SolverChoice.isAdaptive(name)) {
            String ofToken = colon < 0 ? null : token.substring(colon + 1);
            for (double tolerance : tolerances) {
                SolverChoice.requireTolerance("--tolerances", name, tolerance);
                all.add(new Contender(token, tolerance, SolverChoice.of(name, tolerance, null, ofToken)));
            }
            return;
        }
        for (int budget : budgets) {
            SolverChoice.requireBudget("--budgets", name, budget);
            String ofToken = colon >= 0 ? token.substring(colon + 1) : SolverChoice.takesGrid(name) ? grid : null;
            all.add(new Contender(token, budget, SolverChoice.of(name, null, budget, ofToken)));
        }
    }

    private static void addBudgets(List<Contender> all, List<Integer> budgets) {
        int before = all.size();
        Setting calls = Budget.DESCRIPTOR.setting("calls").orElseThrow();
        for (int budget : budgets) {
            if (calls.contains(budget)) {
                all.add(new Contender(SolverChoice.BUDGET, budget, new Budget(budget)));
            }
        }
        if (all.size() == before) {
            throw new UserError("--budgets must contain a number of calls from " + calls.range() + " for "
                    + SolverChoice.BUDGET + ", was " + budgets);
        }
    }

    private static int wholeBudget(double budget) {
        if (budget != Math.rint(budget) || Math.abs(budget) > Integer.MAX_VALUE) {
            throw new UserError("--budgets must be whole numbers of calls, was " + budget);
        }
        return (int) budget;
    }
}
