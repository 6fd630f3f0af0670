package io.scoreflux.solve.budget;

import io.scoreflux.internal.Kernels;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.sliding.Sliding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** The runs of the pilot: reference solves of its trajectories, and trials of plans. They cost at most {@link #MOST_CALLS} calls. */
final class Trials {
    static final long MOST_CALLS = 5_000;
    /** The largest number of calls of a reference solve with a tolerance. */
    private static final int MOST_REFERENCE_CALLS = 300;
    /** If one trajectory needs this number of calls, D is rough at some accuracy. */
    private static final int MANY_CALLS = 240;
    /** If one trajectory needs this number of calls at the accuracy that a plan may reach, D is rough for all plans. */
    private static final int ROUGH_CALLS = 150;

    private static final int LEAST_CALLS = 10;
    /** The steps of the reference where D is rough. */
    static final int ROUGH_LEVELS = 160;

    private static final int ROUGH_ROWS = 16;
    private static final int LEAST_ROWS = 2;
    /** The solver whose steps show where levels are needed. Its degree is low because a small number of calls permits no high degree. */
    private static final Sliding SURVEY = new Sliding(1e-3, 4, 100);

    private static final int SURVEY_CALLS = 40;
    /** The plans that all trajectories can be solved with, at many calls. */
    private static final double LEAST_PLANS = 1;

    private static final double LEAST_PLANS_OF_ROUGH = 2.5;
    /** About this number of calls of a trajectory is kept for more plans. */
    private static final double CALLS_FOR_PLANS = 50;

    private static final double MOST_PLANS = 5;

    /** How rough D is. */
    enum Roughness {
        NONE,
        /** Only plans tell whether it matters. */
        UNCERTAIN,
        CERTAIN
    }

    final Roughness roughness;
    /** Solves at a coarse tolerance; without trajectories where D is rough. */
    final RecordingSolver survey;
    /** The solves of the reference. */
    final RecordingSolver exact;

    private final Problem problem;
    private final Pilot pilot;
    private final int calls;
    private final long before;
    private final List<Trajectory> ends;
    /** The denoiser evaluations for one row, rounded up. */
    private final int evaluations;

    Trials(Problem problem, Pilot pilot, int calls) {
        this.problem = problem;
        this.pilot = pilot;
        this.calls = calls;
        this.before = pilot.calls();
        // The error to be reached decreases by a digit for about 14 calls.
        double tolerance = Math.max(StrictMath.pow(10, -Math.min(9, 4.5 + calls / 14.0)), 10 * problem.rounding());
        PreparedSolver accurate = new Sliding(tolerance, 12, MOST_REFERENCE_CALLS).prepare(problem);
        RecordingSolver probe = new RecordingSolver(accurate, 0);
        pilot.run(probe, 1);
        long each = probe.told();
        this.evaluations = (int) ((pilot.calls() - before + each - 1) / each);
        if (each < MANY_CALLS) {
            this.roughness = Roughness.NONE;
        } else {
            this.roughness = isRough() ? Roughness.CERTAIN : Roughness.UNCERTAIN;
        }
        this.survey = new RecordingSolver(SURVEY.prepare(problem), 0);
        int rows;
        if (roughness == Roughness.CERTAIN) {
            rows = rows(ROUGH_ROWS, ROUGH_LEVELS);
            accurate = new FixedStep(Scheme.DPMPP_2M, ROUGH_LEVELS).prepare(problem);
        } else {
            rows = rows(Pilot.ROWS, each + SURVEY_CALLS);
            pilot.run(survey, rows);
            rows = rows(rows, each);
            // A trajectory may need more calls than the first. All trajectories can still be solved with one plan.
            long most = Math.min(MOST_REFERENCE_CALLS, left() / ((long) evaluations * rows) - calls);
            accurate = new Sliding(tolerance, 12, (int) Math.max(LEAST_CALLS, most)).prepare(problem);
        }
        this.exact = new RecordingSolver(accurate, 0);
        this.ends = pilot.run(exact, rows);
    }

    /** Returns whether D is rough at the accuracy that a plan may reach. Roughness far below it does not matter. */
    private boolean isRough() {
        double reached = StrictMath.pow(10, -(2.5 + calls / 25.0));
        RecordingSolver probe = new RecordingSolver(new Sliding(reached, 12, MOST_REFERENCE_CALLS).prepare(problem), 0);
        pilot.run(probe, 1);
        return probe.told() >= ROUGH_CALLS;
    }

    /** Returns how many trajectories can be solved with the given number of calls and then with some plans. */
    private int rows(int most, long each) {
        double plans = Math.min(
                MOST_PLANS,
                (roughness == Roughness.NONE ? LEAST_PLANS : LEAST_PLANS_OF_ROUGH) + CALLS_FOR_PLANS / calls);
        return (int) Math.max(LEAST_ROWS, Math.min(most, left() / (evaluations * (each + plans * calls))));
    }

    private long left() {
        return MOST_CALLS - (pilot.calls() - before);
    }

    /** Returns the number of trajectories. */
    int rows() {
        return ends.size();
    }

    /** Returns how many more trajectories the calls suffice to solve with a plan. */
    long affordable() {
        return left() / ((long) evaluations * calls);
    }

    /**
     * Returns the paths of the trajectories.
     *
     * @param rough whether they are for plans that expect D to be rough
     */
    List<RecordedPath> paths(boolean rough) {
        return exact.paths(problem, rough);
    }

    /** Returns the levels that plans choose from where D is rough. The reference there has them, too. */
    double[] grid() {
        return SigmaGrid.UNIFORM_LOG.levels(problem.fromSigma(), problem.toSigma(), ROUGH_LEVELS);
    }

    /** Creates a trial of a plan, without trajectories. */
    Trial trial(PlacedBudget plan) {
        return new Trial(plan);
    }

    /** A plan with the errors of the trajectories that have been solved with it. */
    final class Trial {
        final PlacedBudget plan;
        private final Corrections observed = new Corrections(calls + 1);
        private final List<double[]> solved = new ArrayList<>();
        /** The recordings of the runs, with the index of their first trajectory. */
        private final Map<Integer, RecordingSolver> recordings = new LinkedHashMap<>();

        private boolean failed;
        private boolean rough;

        private Trial(PlacedBudget plan) {
            this.plan = plan;
        }

        /** Solves the trajectories below {@code rows} that have not been solved. Returns this trial. */
        Trial solve(int rows) {
            RecordingSolver recording = new RecordingSolver(plan.prepare(problem, observed), solved.size());
            recordings.put(solved.size(), recording);
            try {
                List<Trajectory> all = pilot.run(recording, rows);
                all.subList(solved.size(), all.size())
                        .forEach(trajectory -> solved.add(trajectory.z().clone()));
            } catch (IllegalStateException e) {
                // The plan diverges. Where it only does so for trajectories without a reference, these will leave its
                // levels.
                failed |= solved.size() < ends.size();
            }
            return this;
        }

        /** Returns the number of trajectories below {@code rows} that have not been solved. */
        int missing(int rows) {
            return Math.max(0, rows - solved.size());
        }

        /** Returns how errors of each solved trajectory grow; see {@link RecordingSolver#growth}. */
        List<DoubleUnaryOperator> growth(List<RecordedPath> paths) {
            List<DoubleUnaryOperator> growth = new ArrayList<>();
            recordings.forEach(
                    (first, recording) -> growth.addAll(recording.growth(paths.subList(first, paths.size()))));
            return growth;
        }

        /** Returns the root mean square error of the first {@code rows} trajectories, relative to the radius. */
        double error(int rows) {
            double sum = 0;
            for (int k = 0; k < rows && !failed; k++) {
                sum += Kernels.squaredDistance(solved.get(k), 0, ends.get(k).z(), 0, problem.dimension());
            }
            double error = Math.sqrt(sum / rows) / problem.radius();
            return failed || Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
        }

        /** Returns the error of all trajectories. */
        double error() {
            return error(ends.size());
        }

        /** States that D is rough for this plan: the corrections of a few trajectories are no limit for others. */
        Trial asRough() {
            rough = true;
            return this;
        }

        /** Returns the plan with its error, and with the largest corrections if trajectories may leave its levels. */
        PlacedBudget result() {
            boolean levels = !rough && plan.method().equals(PlacedBudget.COLLOCATION);
            return new PlacedBudget(
                    plan.method(),
                    plan.sigma(),
                    plan.order(),
                    plan.floor(),
                    plan.slopes(),
                    levels ? observed.largest() : List.of(),
                    error(),
                    pilot.calls());
        }
    }
}
