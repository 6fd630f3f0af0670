package io.scoreflux.solve.budget;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Kernels;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.sliding.Sliding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Finds the levels, the order and the coordinate with the least true error on the trajectories of the pilot. */
final class BudgetSearch {
    /** The tolerance of the reference ends, with which the ends of other solves are compared. */
    private static final double REFERENCE = 1e-8;
    /** The solver whose steps show where levels are needed. Its degree is low because a small number of calls permits no high degree. */
    private static final Sliding SURVEY = new Sliding(1e-3, 4, 400);

    /** The number of trajectories that confirm a plan. They include those of the pilot. */
    private static final int CONFIRMING_ROWS = 2 * Pilot.ROWS;
    /** The largest ratio of their error to that of the pilot. */
    private static final double CONFIRMED = 3;

    private static final int CELLS = 600;
    /** The number of cells over which the density is averaged. */
    private static final int SMOOTHED_CELLS = 31;

    private static final double SLOPE_WIDTH = 0.3;
    /**
     * The least number of calls per node. With fewer, the error of the pilot's trajectories is smaller, but other trajectories occasionally end
     * in another mode.
     */
    private static final int CALLS_PER_NODE = 5;

    private static final List<Double> UNIFORM_SHARES = List.of(0.1, 0.2, 0.4, 0.7, 1.0);
    private static final List<String> SAFE = List.of(Scheme.UNIPC.label(), Scheme.DPMPP_3M.label());

    private static final List<Double> FLOORS = List.of(0.0, 1.0, 3.0, 10.0, 30.0, 100.0);
    private static final int ROUNDS = 2;

    private final Problem problem;
    private final Pilot pilot;
    private final int calls;
    private final double top;
    private final double bottom;
    private final RecordingSolver exact;
    private final RecordingSolver survey;
    /** The ends of the pilot and of more trajectories. */
    private final List<Trajectory> allEnds;
    /** The ends of the pilot. */
    private final List<Trajectory> ends;

    private final double[] density;
    private final Map<Choice, Double> tried = new HashMap<>();

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
        this.pilot = pilot;
        this.calls = calls;
        this.top = StrictMath.log(problem.fromSigma());
        this.bottom = StrictMath.log(problem.toSigma());
        this.exact = new RecordingSolver(new Sliding(REFERENCE).prepare(problem));
        this.allEnds = pilot.run(exact, CONFIRMING_ROWS);
        this.ends = allEnds.subList(0, Pilot.ROWS);
        this.survey = new RecordingSolver(SURVEY.prepare(problem));
        pilot.run(survey);
        this.density = smooth(survey.stepDensity(top, bottom, CELLS));
    }

    /** Optimizes one setting after the other by the error of the pilot. Finally compares the result with two fixed-step schemes. */
    PlacedBudget best() {
        Choice best = new Choice(3, 0.4, 0, Slopes.SURVEY);
        for (int round = 0; round < ROUNDS; round++) {
            best = least(best, orders(best));
            best = least(best, shares(best));
            best = least(best, floors(best));
            best = least(best, slopes(best));
        }
        PlacedBudget found = plan(best);
        double least = error(best);
        for (String name : SAFE) {
            PlacedBudget safe = safe(name);
            double error = error(safe);
            if (error < least) {
                least = error;
                found = safe;
            }
        }
        if (least == Double.POSITIVE_INFINITY) {
            throw new InvalidConfigurationException(
                    "calls",
                    "must suffice to solve the trajectories of the pilot",
                    calls,
                    "set a {tolerance} instead",
                    "raise {calls}");
        }
        return confirmed(with(found, corrections(found), least), best);
    }

    /**
     * Compares the error of more trajectories with that of the pilot. If it is larger by far, some of them end in another mode, and the one of
     * the following with the least error is used: the given plan, one of half its order, and the two fixed-step schemes.
     */
    private PlacedBudget confirmed(PlacedBudget found, Choice best) {
        double least = error(found, allEnds);
        double expected = Math.max(found.pilotError(), REFERENCE);
        if (least <= CONFIRMED * expected) {
            return with(found, found.corrections(), found.pilotError());
        }
        PlacedBudget lower = plan(new Choice((best.order + 1) / 2, best.share, best.floor, best.slopes));
        List<PlacedBudget> others = new ArrayList<>(List.of(with(lower, corrections(lower), 0)));
        SAFE.forEach(name -> others.add(safe(name)));
        PlacedBudget chosen = found;
        for (PlacedBudget other : others) {
            double error = error(other, allEnds);
            if (error < least) {
                least = error;
                chosen = other;
            }
        }
        return with(chosen, chosen.corrections(), least);
    }

    /** Returns the largest correction of the pilot's trajectories at each level; empty for a fixed-step scheme. */
    private List<Double> corrections(PlacedBudget plan) {
        if (!plan.method().equals(PlacedBudget.COLLOCATION)) {
            return List.of();
        }
        Corrections observed = new Corrections(calls + 1);
        try {
            pilot.run(plan.prepare(problem, observed));
        } catch (IllegalStateException e) {
            // The plan diverges, and its error is infinite.
            return List.of();
        }
        return observed.largest();
    }

    private PlacedBudget with(PlacedBudget plan, List<Double> corrections, double error) {
        return new PlacedBudget(
                plan.method(),
                plan.sigma(),
                plan.order(),
                plan.floor(),
                plan.slopes(),
                corrections,
                error,
                pilot.calls());
    }

    private Choice least(Choice now, List<Choice> others) {
        Choice best = now;
        for (Choice other : others) {
            if (error(other) < error(best)) {
                best = other;
            }
        }
        return best;
    }

    private List<Choice> orders(Choice now) {
        int most = Math.min(StepTable.MOST_NODES, Math.max(2, calls / CALLS_PER_NODE));
        return IntStream.rangeClosed(1, most)
                .mapToObj(order -> new Choice(order, now.share, now.floor, now.slopes))
                .toList();
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

    private double error(Choice choice) {
        Double known = tried.get(choice);
        if (known == null) {
            known = error(plan(choice));
            tried.put(choice, known);
        }
        return known;
    }

    private PlacedBudget safe(String name) {
        List<Double> levels = boxed(SigmaGrid.UNIFORM_LOG.levels(problem.fromSigma(), problem.toSigma(), calls));
        return new PlacedBudget(
                name, levels, 1, 0, Collections.nCopies(calls + 1, 0.0), List.of(), Double.POSITIVE_INFINITY, 0);
    }

    private PlacedBudget plan(Choice choice) {
        double[] levels = levels(choice.share);
        List<Double> slopes = new ArrayList<>();
        for (double level : levels) {
            slopes.add(slope(choice.slopes, StrictMath.log(level)));
        }
        double floor = choice.floor * problem.toSigma();
        return new PlacedBudget(
                PlacedBudget.COLLOCATION,
                boxed(levels),
                choice.order,
                floor,
                slopes,
                List.of(),
                Double.POSITIVE_INFINITY,
                0);
    }

    private double slope(Slopes from, double tau) {
        return switch (from) {
            case NONE -> 0;
            case SURVEY -> survey.slope(tau, SLOPE_WIDTH);
            case ENDS -> exact.slope(tau, SLOPE_WIDTH);
        };
    }

    /** Returns the root mean square error of the pilot's ends, relative to the radius. */
    private double error(PlacedBudget plan) {
        return error(plan, ends);
    }

    private double error(PlacedBudget plan, List<Trajectory> reference) {
        List<Trajectory> solved;
        try {
            solved = pilot.run(plan.prepare(problem), reference.size());
        } catch (IllegalStateException e) {
            // The choice diverges.
            return Double.POSITIVE_INFINITY;
        }
        double sum = 0;
        for (int k = 0; k < reference.size(); k++) {
            sum += Kernels.squaredDistance(
                    solved.get(k).z(), 0, reference.get(k).z(), 0, problem.dimension());
        }
        double error = Math.sqrt(sum / reference.size()) / problem.radius();
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }

    private static double[] smooth(double[] density) {
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
    private double[] levels(double share) {
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

    private static List<Double> boxed(double[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
