package io.scoreflux.solve;

/** A way to carry a state from noise to data, with its settings. Immutable, thread-safe, fits any problem. */
public interface Solver {

    /** The solver's name on the command line. */
    String name();

    /** Whether {@link #placed} must be called, with a pilot, before {@link #prepare}. */
    default boolean needsPilot() {
        return false;
    }

    /** This solver with what it learns from a pilot; itself where it needs none. */
    default Solver placed(Problem problem, Pilot pilot) {
        return this;
    }

    /**
     * This solver at another tolerance.
     *
     * @throws IllegalArgumentException if the solver has none, or not that one
     */
    default Solver withTolerance(double tolerance) {
        throw new IllegalArgumentException(
                "the solver " + name() + " has no tolerance, was asked for " + tolerance + "; ask for none");
    }

    /** Checks the settings against a problem and computes what all trajectories share. */
    PreparedSolver prepare(Problem problem);
}
