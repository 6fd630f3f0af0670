package io.scoreflux.reject;

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

/**
 * Finds levels for all chains from the weights that a pilot's chains saw with steps of their own. A weight W of a step of share eps'
 * stands for {@code W (eps / eps')} in a step of share eps, and in a longer one for {@code W (eps / eps')^1.5} unless A is 0, which is
 * what D's curvature gives. From the top down each step is the longest in which the weights seen between its ends, so scaled,
 * clip in the mean of every slice no more than the step's share of the tolerance, which is the same for all steps.
 */
final class PilotLevels {
    private static final double LONGEST = 0.9;
    private static final double SHORTEST = 0.002;
    private static final double FINER = 0.95;
    private static final int USUAL_STEPS = 64;
    private static final int ROUNDS = 3;
    /** Width of a slice in the logarithm of the level. */
    private static final double SLICE = 0.1;
    /** Weights that a slice must have before another begins. */
    private static final int ENOUGH = 30;
    /** Weights that are kept of all chains together, at about 100 bytes each. */
    private static final int ROOM = 2_000_000;

    private final double bound;
    private final double tolerance;
    private final boolean curved;
    private final Problem problem;
    /** All weights by falling level. */
    private final List<Seen> seen;

    /**
     * A weight.
     *
     * @param sigma where its question was asked, the end of its step
     * @param eps the step's share
     * @param size its absolute value
     */
    private record Seen(double sigma, double eps, double size) {}

    private PilotLevels(Fors solver, Problem problem, Collection<WeightLog> logs) {
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
        // Stable: among equals, chains stay in their order.
        seen.sort(Comparator.comparingDouble(Seen::sigma).reversed());
    }

    static StepRule.Levels find(Fors solver, Problem problem, Pilot pilot, int chains) {
        // By sample, so that sums do not depend on who was first.
        Map<Long, WeightLog> logs = new ConcurrentSkipListMap<>();
        PreparedSolver logging = new PreparedSolver() {
            @Override
            public Machine start(SolverState trajectory) {
                WeightLog log = new WeightLog(ROOM / chains);
                logs.put(trajectory.index(), log);
                return new ForsMachine(
                        trajectory,
                        new ForsCoin(solver.bound()),
                        solver.slopes().start(problem.dimension()),
                        new ChainControl(
                                solver.tolerance(),
                                solver.bound(),
                                problem.radius(),
                                solver.slopes().isNone()),
                        log);
            }

            @Override
            public double[] landings() {
                return new double[0];
            }
        };
        pilot.run(logging, chains);
        return new StepRule.Levels(new PilotLevels(solver, problem, logs.values()).levels());
    }

    /** Equal shares of the tolerance: their number and the number of steps that they allow settle in a few rounds. */
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
                // The rest is at most two steps: of equal length, or one.
                next = next <= problem.toSigma() ? problem.toSigma() : Math.sqrt(sigma * problem.toSigma());
            }
            levels.add(next);
            sigma = next;
        }
        return levels;
    }

    /**
     * What a step would clip: weights of a step, times the mean of {@code expm1((|W| - B)+)}, over 2 B. The largest mean among slices of
     * the step: a mean over all of it would let a long step end where weights are large.
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
