package io.scoreflux.benchmarks.targets;

import io.scoreflux.solve.Solver;
import io.scoreflux.solve.parallel.Parallel;
import io.scoreflux.solve.picard.Picard;
import io.scoreflux.solve.sliding.Sliding;
import java.util.function.DoubleFunction;

/** A solver with a tolerance, and the end of its noise range. */
enum Contestant {
    /** Sliding-window collocation on the default range. */
    SLIDING("sliding", false, Sliding::new),
    /** Sliding-window collocation to sigma 0. */
    SLIDING_TO_0("sliding-to-0", true, Sliding::new),
    /** Sliding-window collocation from data to noise: encoding. Errors are relative to the largest noise level. */
    ENCODE("encode", false, Sliding::new),
    /** Parallel collocation with all windows at once. */
    PARALLEL("parallel", false, Parallel::new),
    /** Picard's iteration, window after window. */
    PICARD("picard", false, Picard::new);

    private final String label;
    private final boolean toZero;

    @SuppressWarnings("ImmutableEnumChecker") // Constructors of records have no state.
    private final DoubleFunction<Solver> solver;

    Contestant(String label, boolean toZero, DoubleFunction<Solver> solver) {
        this.label = label;
        this.toZero = toZero;
        this.solver = solver;
    }

    static Contestant of(String label) {
        for (Contestant one : values()) {
            if (one.label.equals(label)) {
                return one;
            }
        }
        throw new IllegalArgumentException("solvers: there is no " + label);
    }

    String label() {
        return label;
    }

    Solver solver(double tolerance) {
        return solver.apply(tolerance);
    }

    /** Returns whether the solver goes from the smallest to the largest noise level. */
    boolean upwards() {
        return this == ENCODE;
    }

    /** Returns the smallest noise level for a target. */
    double toSigma(Target target) {
        return toZero ? 0 : target.toSigma();
    }
}
