package io.scoreflux.solve.budget;

import io.scoreflux.solve.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
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
    /** The indices of the levels with equal steps. */
    private final int[] equal;

    RoughSearch(Problem problem, Trials trials, int calls) {
        this.problem = problem;
        this.trials = trials;
        this.calls = calls;
        this.grid = trials.grid();
        this.equal = IntStream.rangeClosed(0, calls)
                .map(i -> (int) Math.rint((double) i * (grid.length - 1) / calls))
                .toArray();
    }

    /** Returns a plan with equal steps. */
    PlacedBudget equalSteps() {
        return plan(equal, 2);
    }

    /**
     * Returns the best plan.
     *
     * @param plain trials of plans with equal steps, the first of which is {@link #equalSteps}
     * @param more trials of other plans
     * @param handicap the factor by which any other plan must have a smaller error than those with equal steps
     */
    Trials.Trial best(List<Trials.Trial> plain, List<Trials.Trial> more, double handicap) {
        int rows = trials.rows();
        List<RecordedPath> paths = trials.paths(true);
        PathModel model = new PathModel(
                problem,
                paths,
                Collections.nCopies(rows, largest(plain.get(0).solve(rows).growth(paths))));
        List<Trials.Trial> all = new ArrayList<>();
        ORDERS.forEach(order -> all.add(trials.trial(plan(refined(equal, order, model), order))));
        all.addAll(plain.subList(1, plain.size()));
        all.addAll(more);
        List<Trials.Trial> solved = new ArrayList<>(plain.subList(0, 1));
        for (Trials.Trial trial : all) {
            if (trials.affordable() >= trial.missing(rows)) {
                solved.add(trial.solve(rows));
            }
        }
        return Collections.min(
                        solved,
                        Comparator.comparingDouble(trial -> (plain.contains(trial) ? 1 : handicap) * trial.error()))
                .asRough();
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
