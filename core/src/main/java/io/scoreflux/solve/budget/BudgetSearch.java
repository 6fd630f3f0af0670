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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    /** The ratio of the errors on the two models above which a plan amplifies errors. */
    private static final double AMPLIFIED = 10;
    /** The plans for a smooth D that are compared with equal steps. */
    private static final int COMPARED = 2;
    /** The plans with the least errors on the model that are examined on another one. */
    private static final int EXAMINED = 60;
    /** The factor by which another plan than the most promising one must have a smaller error. */
    private static final double HANDICAP = 1.5;

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
        Trials.Trial best = switch (trials.roughness) {
            case NONE -> tried(candidates());
            case UNCERTAIN -> uncertain(candidates());
            case CERTAIN -> rough().best(plain(), List.of(), 1);
        };
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

    private RoughSearch rough() {
        return new RoughSearch(problem, trials, calls);
    }

    /** Returns trials of plans with equal steps. */
    private List<Trials.Trial> plain() {
        List<Trials.Trial> plain = new ArrayList<>(List.of(trials.trial(rough().equalSteps())));
        SAFE.forEach(name -> plain.add(trials.trial(safe(name))));
        return plain;
    }

    /**
     * Compares the first plans for a smooth D with equal steps on a part of the trajectories. If none is better by far, D is rough for such plans: their
     * model does not hold.
     */
    private Trials.Trial uncertain(List<Trials.Trial> smooth) {
        List<Trials.Trial> first = smooth.subList(0, Math.min(COMPARED, smooth.size()));
        List<Trials.Trial> plain = plain();
        int rows = trials.rows();
        int part = part(rows);
        if (trials.affordable() < (long) part * (first.size() + plain.size()) + rows) {
            return tried(smooth);
        }
        Trials.Trial least = least(first, part);
        Trials.Trial equal = least(plain, part);
        if (HANDICAP * least.error(part) < equal.error(part)) {
            return tried(smooth);
        }
        // At many calls, these may not suffice for any other plan.
        equal.solve(rows);
        if (trials.affordable() < plain.get(0).missing(rows) + rows) {
            return equal.asRough();
        }
        // Where the ripple is not the largest part of the error, levels that fit it on a few trajectories are chance.
        return rough().best(plain, List.of(least), HANDICAP);
    }

    private static Trials.Trial least(List<Trials.Trial> all, int part) {
        return all.stream()
                .map(trial -> trial.solve(part))
                .min(Comparator.comparingDouble(trial -> trial.error(part)))
                .orElseThrow();
    }

    private static int part(int rows) {
        return (rows + 3) / 4;
    }

    /** Optimizes one setting after the other on the model, which needs no call. Returns the most promising plans, the first of which is preferred. */
    private List<Trials.Trial> candidates() {
        List<RecordedPath> paths = trials.paths(false);
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
        List<Trials.Trial> candidates = new ArrayList<>();
        List<Errors> all = errors(errors, paths, density);
        promising(all).forEach(choice -> candidates.add(trials.trial(plan(choice, density))));
        double least = all.stream().mapToDouble(Errors::stable).min().orElseThrow();
        for (String name : SAFE) {
            PlacedBudget safe = safe(name);
            double error = model.error(safe);
            if (error < least) {
                candidates.add(0, trials.trial(safe));
            }
        }
        return candidates;
    }

    /**
     * The errors of a choice.
     *
     * @param model the error on the model
     * @param independent the error on one in which D does not depend on the state
     */
    private record Errors(Choice choice, double model, double independent) {
        /**
         * Returns the error on the model or, if it is larger by far, the other one. A high order or slopes that fit the mean dependence can amplify errors
         * in directions in which there is none.
         */
        double stable() {
            return independent > AMPLIFIED * model ? independent : model;
        }

        double larger() {
            return Math.max(model, independent);
        }
    }

    private List<Errors> errors(Map<Choice, Double> errors, List<RecordedPath> paths, double[] density) {
        DoubleUnaryOperator none = level -> 0;
        PathModel independent = new PathModel(problem, paths, Collections.nCopies(paths.size(), none));
        return errors.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .limit(EXAMINED)
                .map(entry ->
                        new Errors(entry.getKey(), entry.getValue(), independent.error(plan(entry.getKey(), density))))
                .toList();
    }

    /**
     * Returns the choices with the least errors, the best first. Two others come before the rest, because few plans can be tried at many calls: the one
     * that is best if the worse of the two models holds, and one with slopes from the other solve. No model knows whether the slopes of the reference
     * are hidden by the rounding of the denoiser.
     */
    private static Set<Choice> promising(List<Errors> all) {
        List<Errors> sorted =
                all.stream().sorted(Comparator.comparingDouble(Errors::stable)).toList();
        Choice best = sorted.get(0).choice;
        Slopes others = best.slopes == Slopes.ENDS ? Slopes.SURVEY : Slopes.ENDS;
        Set<Choice> choices = new LinkedHashSet<>(List.of(best));
        sorted.stream()
                .filter(errors -> !errors.choice.equals(best))
                .min(Comparator.comparingDouble(Errors::larger))
                .ifPresent(errors -> choices.add(errors.choice));
        sorted.stream()
                .filter(errors -> errors.choice.slopes == others)
                .findFirst()
                .ifPresent(errors -> choices.add(errors.choice));
        sorted.stream().limit(TRIED).forEach(errors -> choices.add(errors.choice));
        return choices;
    }

    /**
     * Tries plans, the most promising first, on a part of the trajectories, and the best of them on all. Solves more trajectories with the best one,
     * whose corrections count but whose errors are unknown.
     */
    private Trials.Trial tried(List<Trials.Trial> candidates) {
        int rows = trials.rows();
        int part = part(rows);
        List<Trials.Trial> all = new ArrayList<>();
        for (Trials.Trial trial : candidates) {
            if (all.isEmpty() || trials.affordable() >= rows) {
                all.add(trial.solve(part));
            }
        }
        Trials.Trial promising = all.get(0);
        all.sort(Comparator.comparingDouble(trial -> handicap(trial, promising) * trial.error(part)));
        List<Trials.Trial> finalists = new ArrayList<>();
        for (Trials.Trial trial : all) {
            if (finalists.isEmpty() || trials.affordable() >= rows - part) {
                finalists.add(trial.solve(rows));
            }
        }
        Trials.Trial best = Collections.min(
                finalists, Comparator.comparingDouble(trial -> handicap(trial, promising) * trial.error()));
        return best.solve((int) Math.max(rows, Math.min(Pilot.ROWS, rows + trials.affordable())));
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
