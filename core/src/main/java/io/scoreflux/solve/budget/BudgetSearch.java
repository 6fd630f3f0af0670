package io.scoreflux.solve.budget;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Kernels;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Finds the levels, the order and the coordinate with the least true error on the trajectories of the pilot. */
final class BudgetSearch {
    /** The limit on the calls of the pilot. */
    private static final long MOST_CALLS = 5_000;
    /** The share of the limit that is planned. The calls of the reference are known only afterwards. */
    private static final double PLANNED = 0.9;
    /** The solver whose steps show where levels are needed. Its degree is low because a small number of calls permits no high degree. */
    private static final Sliding SURVEY = new Sliding(1e-3, 4, 400);

    private static final int SURVEY_ROWS = 8;
    /** The tolerance of the reference ends, with which the ends of other solves are compared. {@link #FEW} calls need less. */
    private static final double REFERENCE = 1e-8;

    private static final double REFERENCE_OF_FEW = 1e-6;
    private static final int FEW = 20;
    /** The tolerance on a rough denoiser, where the survey needs more than {@link #ROUGH_CALLS} calls for a trajectory. */
    private static final double REFERENCE_OF_ROUGH = 1e-4;

    private static final double ROUGH_CALLS = 60;
    /** The least tolerance of the reference, in rounding errors of the denoiser. */
    private static final double ABOVE_ROUNDING = 10;
    /** The approximate ratio of the calls of a reference solve to those of the survey. */
    private static final double REFERENCE_RATIO = 3.5;

    private static final double REFERENCE_RATIO_OF_FEW = 2.5;
    private static final int LEAST_ROWS = 3;
    /** The numbers of plans that are compared on the denoiser itself. */
    private static final int COMPARED = 3;

    private static final int COMPARED_OF_FEW = 5;
    private static final int COMPARED_IF_ROUGH = 8;
    /** The largest number of nodes on a rough denoiser. */
    private static final int ROUGH_ORDER = 3;

    private static final List<Double> COMPARED_SHARES = List.of(0.1, 0.2, 0.4, 0.7);

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
    /** The calls of the pilot before this search. */
    private final long before;
    /** The ends of the reference. */
    private final List<Trajectory> ends;

    private final boolean rough;
    private final List<RecordedPath> paths;
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
        this.before = pilot.calls();
        this.survey = new RecordingSolver(SURVEY.prepare(problem));
        pilot.run(survey, SURVEY_ROWS);
        double surveyCalls = (double) (pilot.calls() - before) / SURVEY_ROWS;
        this.rough = surveyCalls > ROUGH_CALLS;
        if (!rough) {
            survey.clear();
            pilot.run(survey);
        }
        this.density = smooth(survey.stepDensity(top, bottom, CELLS));
        boolean few = rough || calls <= FEW;
        double tolerance = rough ? REFERENCE_OF_ROUGH : few ? REFERENCE_OF_FEW : REFERENCE;
        this.exact = new RecordingSolver(
                new Sliding(Math.max(tolerance, ABOVE_ROUNDING * problem.rounding())).prepare(problem));
        double reference = surveyCalls * (few ? REFERENCE_RATIO_OF_FEW : REFERENCE_RATIO);
        double each = reference + (double) calls * (rough ? COMPARED_IF_ROUGH : few ? COMPARED_OF_FEW : COMPARED);
        int rows = (int) ((PLANNED * MOST_CALLS - (pilot.calls() - before)) / each);
        this.ends = pilot.run(exact, Math.max(LEAST_ROWS, Math.min(Pilot.ROWS, rows)));
        this.paths = exact.paths(problem.radius(), rough, level -> survey.slope(level, SLOPE_WIDTH));
    }

    /**
     * Optimizes one setting after the other by the error on the recorded paths, which needs no call, and compares the best plans and two
     * fixed-step schemes on the denoiser itself.
     */
    PlacedBudget best() {
        Choice best = new Choice(3, 0.4, 0, Slopes.SURVEY);
        for (int round = 0; round < ROUNDS; round++) {
            best = least(best, orders(best));
            best = least(best, shares(best));
            best = least(best, floors(best));
            best = least(best, slopes(best));
        }
        PlacedBudget found = measured(plan(best));
        for (PlacedBudget other : alternatives(best)) {
            if (pilot.calls() - before + (long) ends.size() * calls <= MOST_CALLS) {
                PlacedBudget candidate = measured(other);
                found = candidate.pilotError() < found.pilotError() ? candidate : found;
            }
        }
        if (found.pilotError() == Double.POSITIVE_INFINITY) {
            throw new InvalidConfigurationException(
                    "calls",
                    "must suffice to solve the trajectories of the pilot",
                    calls,
                    "set a {tolerance} instead",
                    "raise {calls}");
        }
        return new PlacedBudget(
                found.method(),
                found.sigma(),
                found.order(),
                found.floor(),
                found.slopes(),
                found.corrections(),
                found.pilotError(),
                pilot.calls());
    }

    /**
     * Returns the plans to compare with the best one on the recorded paths, the most promising first. Where the flow is unstable or D is rough, the
     * paths show the best order, but not how many levels belong to the unstable part.
     */
    private List<PlacedBudget> alternatives(Choice best) {
        List<Choice> choices = new ArrayList<>();
        for (int order : rough ? List.of(2, 3) : List.of(best.order)) {
            for (double share : COMPARED_SHARES) {
                choices.add(new Choice(order, share, best.floor, best.slopes));
            }
        }
        choices.remove(best);
        choices.sort(Comparator.comparingDouble(this::error));
        List<PlacedBudget> plans =
                new ArrayList<>(choices.stream().map(this::plan).toList());
        List<PlacedBudget> safe = new ArrayList<>(SAFE.stream().map(this::safe).toList());
        safe.sort(Comparator.comparingDouble(this::modelError));
        plans.addAll(Math.min(2, plans.size()), safe);
        return plans;
    }

    /** Returns the plan with its error on the trajectories of the pilot, and the largest correction at each level; none for a fixed-step scheme. */
    private PlacedBudget measured(PlacedBudget plan) {
        Corrections observed = new Corrections(calls + 1);
        double error;
        try {
            List<Trajectory> solved = pilot.run(plan.prepare(problem, observed), ends.size());
            double sum = 0;
            for (int k = 0; k < ends.size(); k++) {
                sum += Kernels.squaredDistance(solved.get(k).z(), 0, ends.get(k).z(), 0, problem.dimension());
            }
            error = Math.sqrt(sum / ends.size()) / problem.radius();
        } catch (IllegalStateException e) {
            error = Double.POSITIVE_INFINITY;
        }
        // On a rough denoiser, the corrections of a few trajectories are no limit for others.
        boolean levels = !rough && plan.method().equals(PlacedBudget.COLLOCATION) && error < Double.POSITIVE_INFINITY;
        return new PlacedBudget(
                plan.method(),
                plan.sigma(),
                plan.order(),
                plan.floor(),
                plan.slopes(),
                levels ? observed.largest() : List.of(),
                Double.isNaN(error) ? Double.POSITIVE_INFINITY : error,
                0);
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
        int most = Math.min(rough ? ROUGH_ORDER : StepTable.MOST_NODES, Math.max(2, calls / CALLS_PER_NODE));
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
            known = modelError(plan(choice));
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

    /** Returns the root mean square error on the recorded paths, relative to the radius. */
    private double modelError(PlacedBudget plan) {
        int components = paths.get(0).dimension();
        PreparedSolver solver = plan.prepare(
                new Problem(components, problem.fromSigma(), problem.toSigma(), problem.radius()), Corrections.IGNORED);
        Rows rows = new Rows(components, 1);
        double[] answer = new double[components];
        NormalStream noise = new NoiseSource(0).normals(Purpose.STEP, 0);
        double sum = 0;
        for (RecordedPath path : paths) {
            SolverRun run = new SolverRun(0, path.start(), problem.fromSigma(), noise, solver);
            run.target(problem.toSigma());
            while (!run.done()) {
                rows.clear();
                run.ask(rows);
                path.denoise(rows.values(), 0, rows.sigma(0), answer);
                run.tell(rows, answer, 0);
            }
            double error = path.error(run.z());
            sum += error * error;
        }
        double scale = (double) problem.dimension() / components;
        double error = Math.sqrt(scale * sum / paths.size()) / problem.radius();
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
