package io.scoreflux.cli.option;

import io.scoreflux.cli.text.Decimal;
import io.scoreflux.cli.text.UserError;
import io.scoreflux.evaluation.Contender;
import io.scoreflux.solve.Setting;
import io.scoreflux.solve.budget.Budget;
import java.util.ArrayList;
import java.util.List;

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
     * @param grid the grid of fixed-step solvers whose name has none
     */
    public static List<Contender> of(String solvers, String tolerances, String budgets, String grid) {
        List<Double> eachTolerance = numbers("--tolerances", tolerances);
        List<Integer> eachBudget = numbers("--budgets", budgets).stream()
                .map(Contenders::wholeBudget)
                .toList();
        SolverChoice.requireGrid(grid);
        List<Contender> all = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        for (String token : parts("--solvers", solvers)) {
            if (seen.contains(token)) {
                throw new UserError("--solvers contains " + token + " twice; name each solver once");
            }
            seen.add(token);
            add(all, token, eachTolerance, eachBudget, grid);
        }
        return all;
    }

    private static void add(
            List<Contender> all, String token, List<Double> tolerances, List<Integer> budgets, String grid) {
        int colon = token.indexOf(':');
        String name = colon < 0 ? token : token.substring(0, colon);
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

    private static List<String> parts(String option, String list) {
        List<String> parts = List.of(list.split(",", -1));
        if (parts.contains("")) {
            throw new UserError(option + " must be a list such as a,b,c without empty entries, was '" + list + "'");
        }
        return parts;
    }

    private static List<Double> numbers(String option, String list) {
        return parts(option, list).stream()
                .map(part -> Decimal.parse(option, part))
                .toList();
    }

    private static int wholeBudget(double budget) {
        if (budget != Math.rint(budget) || Math.abs(budget) > Integer.MAX_VALUE) {
            throw new UserError("--budgets must be whole numbers of calls, was " + budget);
        }
        return (int) budget;
    }
}
