package io.scoreflux.solve;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import java.util.OptionalDouble;

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
        throw new InvalidArgumentException(
                "tolerance",
                "must not be given for the solver " + name() + ", which has none",
                tolerance,
                "ask for none");
    }

    /**
     * The tolerance, relative to the radius, that it keeps errors to by what it observes; by default it observes none. A solver that says one
     * takes others: {@link #withTolerance}, of up to 0.1.
     */
    default OptionalDouble accuracy() {
        return OptionalDouble.empty();
    }

    /** Whether it follows the probability flow, draws nothing and needs no pilot, so that it can go up as well. */
    default boolean followsFlow() {
        return true;
    }

    /**
     * Checks that this solver can carry trajectories down to a noise level. Most cannot come to 0, as they step in ln sigma or ask
     * the denoiser at the last level.
     *
     * @throws IllegalStateException if it cannot
     */
    default void requireEnd(double toSigma) {
        if (toSigma == 0) {
            throw new InvalidConfigurationException(
                    "toSigma",
                    "must be greater than 0 for the solver " + name(),
                    0,
                    "end at a small noise level",
                    "use {sliding}");
        }
    }

    /** Checks the settings against a problem and computes what all trajectories share. */
    PreparedSolver prepare(Problem problem);
}
