package io.scoreflux;

import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import java.util.LinkedHashMap;
import java.util.Map;

/** A solver bound to one problem, at any tolerance. It caches the most recently used tolerances. Thread-safe. */
final class Tolerances {
    private static final int KEPT = 64;

    private final Solver solver;
    private final Problem problem;
    private final Map<Double, PreparedSolver> prepared = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Double, PreparedSolver> eldest) {
            return size() > KEPT;
        }
    };

    Tolerances(Solver solver, Problem problem) {
        this.solver = solver;
        this.problem = problem;
    }

    /**
     * Returns the solver at a tolerance.
     *
     * @throws IllegalArgumentException if the solver has no tolerance, or does not permit this one
     */
    synchronized PreparedSolver at(double tolerance) {
        return prepared.computeIfAbsent(
                tolerance, value -> solver.withTolerance(value).prepare(problem));
    }
}
