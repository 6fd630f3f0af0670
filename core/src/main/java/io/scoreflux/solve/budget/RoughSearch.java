package io.scoreflux.solve.budget;

import io.scoreflux.solve.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * Chooses the levels where D is rough. Between two levels, D varies by a ripple that no polynomial follows. Its integral is a sum of values at the
 * levels, and its error depends on where the levels are. Most of the ripple is the same for all trajectories. So the levels are the ones among those
 * of the reference with the least error on the recorded paths.
 */
final class RoughSearch {
    private static final List<Integer> ORDERS = List.of(3, 2);
    /** The largest ratio of successive steps. */
    private static final double MOST_RATIO = 3;

    private static final int SWEEPS = 6;
    /** The first change of a level, as a share of the step. */
    private static final double CHANGE = 0.4;

    private static final double MOST_PROGRESS = 0.9;

    private final Problem problem;
    private final Trials trials;
    private final int calls;
    /** The noise levels of the reference. */
    private final double[] grid;

    RoughSearch(Problem problem, Trials trials, int calls) {
        this.problem = problem;
        this.trials = trials;
        this.calls = calls;
        this.grid = trials.grid();
    }

    /**
     * Returns the best plan.
     *
     * @param safe other plans to try
     */
    Trials.Trial best(List<PlacedBudget> safe) {
        int rows = trials.rows();
        int[] uniform = IntStream.rangeClosed(0, calls)
                .map(i -> (int) Math.rint((double) i * (grid.length - 1) / calls))
                .toArray();
        List<RecordedPath> paths = trials.paths();
        Trials.Trial first = trials.trial(plan(uniform, 2));
        PathModel model = new PathModel(
                problem,
                paths,
                Collections.nCopies(rows, largest(first.solve(rows).growth(paths))));
        Trials.Trial best = first;
        List<PlacedBudget> plans = new ArrayList<>();
        ORDERS.forEach(order -> plans.add(plan(refined(uniform, order, model), order)));
        plans.addAll(safe);
        for (PlacedBudget plan : plans) {
            if (trials.affordable() >= rows) {
                Trials.Trial trial = trials.trial(plan);
                trial.solve(rows);
                best = trial.error() < best.error() ? trial : best;
            }
        }
        return best;
    }

    private int[] refined(int[] start, int order, PathModel model) {
        int[] now = start.clone();
        double least = model.error(plan(now, order));
        double change = CHANGE;
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            double before = least;
            for (int i = 1; i < calls; i++) {
                for (int sign = -1; sign <= 1; sign += 2) {
                    int[] other = now.clone();
                    other[i] += sign * (int) Math.max(1, Math.rint(change * Math.abs(now[i + sign] - now[i])));
                    if (permitted(other, i)) {
                        double error = model.error(plan(other, order));
                        if (error < least) {
                            least = error;
                            now = other;
                        }
                    }
                }
            }
            if (least > MOST_PROGRESS * before) {
                change /= 2;
            }
        }
        return now;
    }

    /** Returns the largest growth at each level. The errors of a few trajectories, where the flow is unstable, dominate those of all. */
    private static DoubleUnaryOperator largest(List<DoubleUnaryOperator> all) {
        return level -> all.stream()
                .mapToDouble(growth -> growth.applyAsDouble(level))
                .max()
                .orElseThrow();
    }

    private boolean permitted(int[] levels, int changed) {
        for (int k = Math.max(0, changed - 2); k <= Math.min(calls - 2, changed + 1); k++) {
            double ratio = (double) (levels[k + 1] - levels[k]) / (levels[k + 2] - levels[k + 1]);
            if (!(ratio > 1 / MOST_RATIO && ratio < MOST_RATIO)) {
                return false;
            }
        }
        return true;
    }

    private PlacedBudget plan(int[] levels, int order) {
        return new PlacedBudget(
                PlacedBudget.COLLOCATION,
                Arrays.stream(levels).mapToObj(i -> grid[i]).toList(),
                order,
                0,
                Collections.nCopies(calls + 1, 0.0),
                List.of(),
                Double.POSITIVE_INFINITY,
                0);
    }
}
