package io.scoreflux.reject;

import io.scoreflux.internal.reject.BernoulliFactory;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SolverState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;

/**
 * Finds levels for all chains from the weights of a pilot's chains, which choose their own steps. Let eps' be that of the step in which a
 * weight W was drawn. In a step with a smaller eps, W counts as {@code W (eps / eps')}; in one with a larger eps, as
 * {@code W (eps / eps')^1.5} unless A is 0, which follows from the curvature of D. Starting at the largest level, each step is as long as
 * possible with this condition: in every slice of the step, clipping of the scaled weights takes on average at most the step's share of the
 * tolerance. The share is the same for all steps.
 */
final class LevelSearch {
    private static final double LONGEST = 0.9;
    private static final double SHORTEST = 0.002;
    private static final double FINER = 0.95;
    private static final int USUAL_STEPS = 64;
    private static final int ROUNDS = 3;
    /** The width of a slice in the logarithm of the level. */
    private static final double SLICE = 0.1;
    /** The least number of weights in a slice. */
    private static final int ENOUGH = 30;
    /** The largest number of weights kept, of all chains together; each takes about 100 bytes. */
    private static final int ROOM = 2_000_000;

    private final double bound;
    private final double tolerance;
    private final boolean curved;
    private final Problem problem;
    /** All weights, by descending level. */
    private final List<Seen> seen;

    /**
     * A weight.
     *
     * @param sigma the level of its evaluation, which is the end of its step
     * @param eps the fraction of the noise variance that its step removes
     * @param size its absolute value
     */
    private record Seen(double sigma, double eps, double size) {}

    private LevelSearch(Fors solver, Problem problem, Collection<WeightLog> logs) {
        this.bound = solver.bound();
        this.tolerance = solver.tolerance();
        this.curved = !solver.slopes().isNone();
        this.problem = problem;
        this.seen = new ArrayList<>();
        for (WeightLog log : logs) {
            for (int i = 0; i < log.count(); i++) {
                seen.add(new Seen(log.sigma(i), log.eps(i), Math.abs(log.weight(i))));
            }
        }
        // A stable sort keeps the order of chains among equal levels.
        seen.sort(Comparator.comparingDouble(Seen::sigma).reversed());
    }

    static StepRule.Levels find(Fors solver, Problem problem, Pilot pilot, int chains) {
        // Ordered by index, so that sums do not depend on the order of threads.
        Map<Long, WeightLog> logs = new ConcurrentSkipListMap<>();
        Function<SolverState, Machine> logging = trajectory -> {
            WeightLog log = new WeightLog(ROOM / chains);
            logs.put(trajectory.index(), log);
            return new ForsMachine(
                    trajectory,
                    new BernoulliFactory(solver.bound()),
                    solver.slopes().start(problem.dimension()),
                    new AdaptiveSteps(
                            solver.tolerance(),
                            solver.bound(),
                            problem.radius(),
                            solver.slopes().isNone()),
                    log);
        };
        pilot.run(PreparedSolver.of(logging, 0, 1), chains);
        return new StepRule.Levels(new LevelSearch(solver, problem, logs.values()).levels());
    }

    /** Divides the tolerance equally among the steps. The number of steps and the share of each converge in a few iterations. */
    private List<Double> levels() {
        List<Double> levels = levels(tolerance / USUAL_STEPS);
        for (int round = 0; round < ROUNDS; round++) {
            levels = levels(tolerance / (levels.size() - 1));
        }
        return levels;
    }

    private List<Double> levels(double share) {
        List<Double> levels = new ArrayList<>();
        double sigma = problem.fromSigma();
        levels.add(sigma);
        while (sigma > problem.toSigma()) {
            double eps = LONGEST;
            while (eps > SHORTEST && clipping(sigma, eps) > share) {
                eps *= FINER;
            }
            double next = sigma * Math.sqrt(1 - eps);
            if (next * Math.sqrt(1 - eps) < problem.toSigma()) {
                // At most two steps are left: take two of equal length, or one.
                next = next <= problem.toSigma() ? problem.toSigma() : Math.sqrt(sigma * problem.toSigma());
            }
            levels.add(next);
            sigma = next;
        }
        return levels;
    }

    /**
     * Returns the error that clipping causes in a step: the number of weights times the mean of {@code expm1((|W| - B)+)}, over 2 B. It
     * uses the largest mean among the slices of the step: with the mean over the whole step, a long step could end where weights are large.
     */
    private double clipping(double sigma, double eps) {
        double end = sigma * Math.sqrt(1 - eps);
        int slices = (int) Math.ceil(StrictMath.log(sigma / end) / SLICE);
        double largest = 0;
        double sum = 0;
        int count = 0;
        int slice = 1;
        for (int i = firstBelow(sigma); i < seen.size() && seen.get(i).sigma() >= end; i++) {
            Seen one = seen.get(i);
            if (StrictMath.log(sigma / one.sigma()) > slice * SLICE && slice < slices && count >= ENOUGH) {
                largest = Math.max(largest, sum / count);
                slice = (int) Math.ceil(StrictMath.log(sigma / one.sigma()) / SLICE);
                sum = 0;
                count = 0;
            }
            double ratio = eps / one.eps();
            double scale = ratio > 1 && curved ? ratio * Math.sqrt(ratio) : ratio;
            double beyond = scale * one.size() - bound;
            sum += beyond > 0 ? StrictMath.expm1(beyond) : 0;
            count++;
        }
        return StrictMath.expm1(bound) / bound * Math.max(largest, count == 0 ? 0 : sum / count);
    }

    private int firstBelow(double sigma) {
        int low = 0;
        int high = seen.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (seen.get(middle).sigma() < sigma) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
