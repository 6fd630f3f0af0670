package io.scoreflux.reject;

import io.scoreflux.solve.Machine;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Trajectory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Finds levels for all chains from the weights that a pilot's chains saw with steps of their own. A weight W of a step of share eps'
 * stands for {@code W (eps / eps')} in a step of share eps, and in a longer one for {@code W (eps / eps')^1.5} unless A is 0, which is
 * what D's curvature gives. From the top down each step is the longest in which the weights seen between its ends, so scaled,
 * clip in the mean no more than the step's share of the tolerance: the tolerance in proportion to the step in the logarithm of the level.
 */
final class PilotLevels {
    private static final double LONGEST = 0.9;
    private static final double SHORTEST = 0.002;
    private static final double FINER = 0.95;

    private final double bound;
    private final double tolerance;
    private final boolean curved;
    private final Problem problem;
    private final Collection<WeightLog> logs;

    private PilotLevels(Fors solver, Problem problem, Collection<WeightLog> logs) {
        this.bound = solver.bound();
        this.tolerance = solver.tolerance();
        this.curved = !solver.slopes().isNone();
        this.problem = problem;
        this.logs = logs;
    }

    static StepRule.Levels find(Fors solver, Problem problem, Pilot pilot, int chains) {
        // By sample, so that sums do not depend on who was first.
        Map<Long, WeightLog> logs = new ConcurrentSkipListMap<>();
        PreparedSolver logging = new PreparedSolver() {
            @Override
            public Machine start(Trajectory trajectory) {
                WeightLog log = new WeightLog();
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

    private List<Double> levels() {
        List<Double> levels = new ArrayList<>();
        double sigma = problem.fromSigma();
        levels.add(sigma);
        while (sigma > problem.toSigma()) {
            double eps = LONGEST;
            while (eps > SHORTEST && clipping(sigma, eps) > share(eps)) {
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

    /** What a step may clip. */
    private double share(double eps) {
        double range = 2 * StrictMath.log(problem.fromSigma() / problem.toSigma());
        return tolerance * -StrictMath.log1p(-eps) / range;
    }

    /** What a step would clip: weights of a step, times the mean of {@code expm1((|W| - B)+)}, over 2 B. */
    private double clipping(double sigma, double eps) {
        double end = sigma * Math.sqrt(1 - eps);
        double sum = 0;
        long count = 0;
        for (WeightLog log : logs) {
            for (int i = 0; i < log.count(); i++) {
                if (log.sigma(i) < sigma && log.sigma(i) >= end) {
                    double ratio = eps / log.eps(i);
                    double scale = ratio > 1 && curved ? ratio * Math.sqrt(ratio) : ratio;
                    double beyond = scale * Math.abs(log.weight(i)) - bound;
                    sum += beyond > 0 ? StrictMath.expm1(beyond) : 0;
                    count++;
                }
            }
        }
        return count == 0 ? 0 : StrictMath.expm1(bound) / bound * sum / count;
    }
}
