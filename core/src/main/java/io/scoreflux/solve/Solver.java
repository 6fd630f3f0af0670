package io.scoreflux.solve;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** A way to carry a state from noise to data, with its settings. Immutable, thread-safe, fits any problem. */
public interface Solver {

    /** The solver's name on the command line. */
    String name();

    /** Whether {@link #place} must run, with a pilot, and {@link #placed} take its result before {@link #prepare}. */
    default boolean needsPilot() {
        return false;
    }

    /**
     * Runs a pilot, if {@link #needsPilot}.
     *
     * @return what it found: {@link #placed} takes it now or, from a saved plan, later
     */
    default Placement place(Problem problem, Pilot pilot) {
        throw new InvalidConfigurationException("solver", "must be one that needs a pilot", name());
    }

    /**
     * This solver with what a pilot found before.
     *
     * @param placement of {@link #place}, or null if there is none
     * @return a solver that needs no pilot
     * @throws IllegalStateException if the placement is missing, or was made by another solver or for other settings
     */
    default Solver placed(@Nullable Placement placement) {
        if (placement != null) {
            throw new InvalidConfigurationException(
                    "plan",
                    "must be for the solver " + name() + ", which takes no plan of another",
                    "for " + placement.purpose(),
                    "use that solver",
                    "make a plan with this solver");
        }
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

    /** Whether it draws random numbers, so that its states follow no path and have no error of their own. Defaults to false. */
    default boolean drawsNoise() {
        return false;
    }

    /**
     * Whether it follows the probability flow over any range of noise levels, so that it can go up as well. Defaults to true for a solver
     * that neither draws nor needs a pilot.
     */
    default boolean followsFlow() {
        return !drawsNoise() && !needsPilot();
    }

    /**
     * Whether it can end at noise level 0. Defaults to false: most solvers step in ln sigma or ask the denoiser at the last level.
     */
    default boolean reachesZero() {
        return false;
    }

    /**
     * Checks that this solver can carry trajectories down to a noise level.
     *
     * @throws IllegalStateException if it cannot; see {@link #reachesZero}
     */
    default void requireEnd(double toSigma) {
        if (toSigma == 0 && !reachesZero()) {
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
