package io.scoreflux.solve.budget;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.fixedstep.Scheme;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Finds the levels, the order and the coordinate with the least true error on the trajectories of the pilot. */
final class BudgetSearch {
    private static final int CELLS = 600;
    /** The number of cells over which the density is averaged. */
    private static final int SMOOTHED_CELLS = 31;

    /**
     * The least number of calls per node. With fewer, the error of the pilot's trajectories is smaller, but other trajectories occasionally end
     * in another mode.
     */
    private static final int CALLS_PER_NODE = 5;

    private static final List<Double> UNIFORM_SHARES = List.of(0.1, 0.2, 0.4, 0.7, 1.0);
    private static final List<String> SAFE = List.of(Scheme.UNIPC.label(), Scheme.DPMPP_3M.label());

    private static final List<Double> FLOORS = List.of(0.0, 1.0, 3.0, 10.0, 30.0, 100.0);
    private static final int ROUNDS = 2;
    /** The plans that are tried on a part of the trajectories. */
    private static final int TRIED = 6;
    /** The plans with the least errors on the model that are examined on another one. */
    private static final int EXAMINED = 60;
    /** The factor by which another plan than the best one on the model must have a smaller error. */
    private static final double HANDICAP = 1.5;
    /** The ratio of the errors on the two models above which a plan amplifies errors. */
    private static final double AMPLIFIED = 10;

    private final Problem problem;
    private final int calls;
    private final double top;
    private final double bottom;
    private final Trials trials;

    /**
     * The source of the slopes of D. The slopes of the reference solve are exact unless the denoiser's rounding hides them: for a network in
     * single precision, the values at two states that are 1e-8 apart differ in their last digits only. The pairs of states of the survey are
     * far enough apart.
     */
    private enum Slopes {
        NONE,
        SURVEY,
        ENDS
    }

    /**
     * One choice of the settings: the number of nodes, the uniform share of the density, the floor of the coordinate relative to the last
     * sigma, and the slopes.
     */
    private record Choice(int order, double share, double floor, Slopes slopes) {}

    BudgetSearch(Problem problem, Pilot pilot, int calls) {
        this.problem = problem;
        this.calls = calls;
        this.top = StrictMath.log(problem.fromSigma());
        this.bottom = StrictMath.log(problem.toSigma());
        this.trials = new Trials(problem, pilot, calls);
    }

    PlacedBudget best() {
        Trials.Trial best = trials.rough
                ? new RoughSearch(problem, trials, calls)
                        .best(SAFE.stream().map(this::safe).toList())
                : smooth();
        if (best.error() == Double.POSITIVE_INFINITY) {
            throw new InvalidConfigurationException(
                    "calls",
                    "must suffice to solve the trajectories of the pilot",
                    calls,
                    "set a {tolerance} instead",
                    "raise {calls}");
        }
        return best.result();
    }

    /** Optimizes one setting after the other on the model, which needs no call, and tries the best plans and two fixed-step schemes. */
    private Trials.Trial smooth() {
        List<RecordedPath> paths = trials.paths();
        PathModel model = new PathModel(problem, paths, trials.survey.growth(paths));
        double[] density = smoothed(trials.survey.stepDensity(top, bottom, CELLS));
        Map<Choice, Double> errors = new LinkedHashMap<>();
        Choice best = new Choice(3, 0.4, 0, Slopes.SURVEY);
        for (Choice start : List.of(best, new Choice(most(), 0.4, 0, Slopes.SURVEY))) {
            Choice now = start;
            for (int round = 0; round < ROUNDS; round++) {
                now = least(now, shares(now), errors, model, density);
                now = least(now, floors(now), errors, model, density);
                now = least(now, slopes(now), errors, model, density);
                now = least(now, orders(now), errors, model, density);
            }
            best = least(best, List.of(now), errors, model, density);
        }
        List<PlacedBudget> plans = new ArrayList<>();
        Map<Choice, Double> robust = robust(errors, paths, density);
        promising(robust).forEach(choice -> plans.add(plan(choice, density)));
        double least = Collections.min(robust.values());
        for (String name : SAFE) {
            PlacedBudget safe = safe(name);
            double error = model.error(safe);
            if (error < least) {
                plans.add(0, safe);
            }
        }
        return tried(plans);
    }

    /**
     * Returns the errors of the best choices on the model or, if it is larger by far, on one in which D does not depend on the state. A high order or
     * slopes that fit the mean dependence can amplify errors in directions in which there is none.
     */
    private Map<Choice, Double> robust(Map<Choice, Double> errors, List<RecordedPath> paths, double[] density) {
        DoubleUnaryOperator none = level -> 0;
        PathModel independent = new PathModel(problem, paths, Collections.nCopies(paths.size(), none));
        Map<Choice, Double> robust = new LinkedHashMap<>();
        errors.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .limit(EXAMINED)
                .forEach(entry -> {
                    double error = entry.getValue();
                    double other = independent.error(plan(entry.getKey(), density));
                    robust.put(entry.getKey(), other > AMPLIFIED * error ? other : error);
                });
        return robust;
    }

    /**
     * Returns the choices with the least errors on the model, the best first. The second one has slopes from the other solve, because the model does
     * not know whether the slopes of the reference are hidden by the rounding of the denoiser.
     */
    private static List<Choice> promising(Map<Choice, Double> errors) {
        List<Choice> sorted = errors.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .toList();
        Choice best = sorted.get(0);
        Slopes others = best.slopes == Slopes.ENDS ? Slopes.SURVEY : Slopes.ENDS;
        List<Choice> choices = new ArrayList<>(sorted.subList(0, Math.min(TRIED, sorted.size())));
        sorted.stream().filter(choice -> choice.slopes == others).findFirst().ifPresent(choice -> {
            choices.remove(choice);
            choices.add(1, choice);
        });
        return choices;
    }

    /**
     * Tries plans, the most promising first, on a part of the trajectories, and the best of them on all. Solves more trajectories with the best one,
     * whose corrections count but whose errors are unknown.
     */
    private Trials.Trial tried(List<PlacedBudget> plans) {
        int rows = trials.rows();
        int part = (rows + 3) / 4;
        List<Trials.Trial> all = new ArrayList<>();
        for (PlacedBudget plan : plans) {
            if (all.isEmpty() || trials.affordable() >= rows) {
                Trials.Trial trial = trials.trial(plan);
                trial.solve(part);
                all.add(trial);
            }
        }
        Trials.Trial promising = all.get(0);
        all.sort(Comparator.comparingDouble(trial -> handicap(trial, promising) * trial.error(part)));
        List<Trials.Trial> finalists = new ArrayList<>();
        for (Trials.Trial trial : all) {
            if (finalists.isEmpty() || trials.affordable() >= rows - part) {
                trial.solve(rows);
                finalists.add(trial);
            }
        }
        Trials.Trial best = Collections.min(
                finalists, Comparator.comparingDouble(trial -> handicap(trial, promising) * trial.error()));
        best.solve((int) Math.max(rows, Math.min(Pilot.ROWS, rows + trials.affordable())));
        return best;
    }

    /** A smaller difference of errors on a few trajectories is chance, and the model has seen more settings. */
    private static double handicap(Trials.Trial trial, Trials.Trial promising) {
        return trial == promising ? 1 : HANDICAP;
    }

    private Choice least(
            Choice now, List<Choice> others, Map<Choice, Double> errors, PathModel model, double[] density) {
        Choice best = now;
        for (Choice other : others) {
            double error = errors.computeIfAbsent(other, choice -> model.error(plan(choice, density)));
            if (error < errors.getOrDefault(best, Double.POSITIVE_INFINITY)) {
                best = other;
            }
        }
        return best;
    }

    private List<Choice> orders(Choice now) {
        return IntStream.rangeClosed(1, most())
                .mapToObj(order -> new Choice(order, now.share, now.floor, now.slopes))
                .toList();
    }

    private int most() {
        return Math.min(StepTable.MOST_NODES, Math.max(2, calls / CALLS_PER_NODE));
    }

    private static List<Choice> shares(Choice now) {
        return UNIFORM_SHARES.stream()
                .map(share -> new Choice(now.order, share, now.floor, now.slopes))
                .toList();
    }

    private static List<Choice> floors(Choice now) {
        return FLOORS.stream()
                .map(floor -> new Choice(now.order, now.share, floor, now.slopes))
                .toList();
    }

    private static List<Choice> slopes(Choice now) {
        return Stream.of(Slopes.values())
                .map(slopes -> new Choice(now.order, now.share, now.floor, slopes))
                .toList();
    }

    private PlacedBudget safe(String name) {
        List<Double> levels = boxed(SigmaGrid.UNIFORM_LOG.levels(problem.fromSigma(), problem.toSigma(), calls));
        return new PlacedBudget(
                name, levels, 1, 0, Collections.nCopies(calls + 1, 0.0), List.of(), Double.POSITIVE_INFINITY, 0);
    }

    private PlacedBudget plan(Choice choice, double[] density) {
        double[] levels = levels(choice.share, density);
        DoubleUnaryOperator slope = slope(choice.slopes);
        return new PlacedBudget(
                PlacedBudget.COLLOCATION,
                boxed(levels),
                choice.order,
                choice.floor * problem.toSigma(),
                Arrays.stream(levels)
                        .mapToObj(level -> slope.applyAsDouble(StrictMath.log(level)))
                        .toList(),
                List.of(),
                Double.POSITIVE_INFINITY,
                0);
    }

    private DoubleUnaryOperator slope(Slopes from) {
        return switch (from) {
            case NONE -> level -> 0;
            case SURVEY -> trials.survey::slope;
            case ENDS -> trials.exact::slope;
        };
    }

    private static double[] smoothed(double[] density) {
        double[] smooth = new double[density.length];
        for (int i = 0; i < density.length; i++) {
            int from = Math.max(0, i - SMOOTHED_CELLS / 2);
            int to = Math.min(density.length - 1, i + SMOOTHED_CELLS / 2);
            for (int j = from; j <= to; j++) {
                smooth[i] += density[j] / (to - from + 1);
            }
        }
        return smooth;
    }

    /** Returns levels with equal parts of the density between them. The share {@code share} of the density is uniform in ln sigma. */
    private double[] levels(double share, double[] density) {
        double total = 0;
        for (double value : density) {
            total += value;
        }
        double[] levels = new double[calls + 1];
        double width = (top - bottom) / CELLS;
        double sum = 0;
        int next = 1;
        for (int cell = 0; cell < CELLS; cell++) {
            double part = share / CELLS + (1 - share) * density[cell] / total;
            while (next < calls && sum + part >= (double) next / calls) {
                double inside = ((double) next / calls - sum) / part;
                levels[next++] = StrictMath.exp(top - (cell + inside) * width);
            }
            sum += part;
        }
        levels[0] = problem.fromSigma();
        levels[calls] = problem.toSigma();
        return levels;
    }

    static List<Double> boxed(double[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
