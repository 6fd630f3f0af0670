package io.scoreflux.solve;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** A numerical method that carries a state from noise to data, with its settings. It applies to any problem. Immutable and thread-safe. */
public interface Solver {

    /** Returns the solver's name on the command line. */
    String name();

    /**
     * Returns whether the solver needs a pilot: {@link #place} must run one, and {@link #placed} must receive the result before
     * {@link #prepare}. Defaults to false.
     */
    default boolean needsPilot() {
        return false;
    }

    /**
     * Runs the pilot of a solver that needs one; see {@link #needsPilot}.
     *
     * @return the result for {@link #placed}, which can use it at once or later, from a saved plan
     * @throws IllegalStateException by default, because the solver needs no pilot
     */
    default Placement place(Problem problem, Pilot pilot) {
        throw new InvalidConfigurationException("solver", "must be one that needs a pilot", name());
    }

    /**
     * Returns this solver with the result of an earlier pilot.
     *
     * @param placement the result of {@link #place}, or null if there is none
     * @return a solver that needs no pilot
     * @throws IllegalStateException if the solver needs a placement and there is none, or if the placement was made by another solver or for
     *     other settings
     */
    default Solver placed(@Nullable Placement placement) {
        if (placement != null) {
            throw new InvalidConfigurationException(
                    "plan",
                    "must be for the solver " + name(),
                    "for " + placement.purpose(),
                    "use that solver",
                    "make a plan with this solver");
        }
        return this;
    }

    /**
     * Returns this solver with another tolerance.
     *
     * @throws IllegalArgumentException if the solver has no tolerance, which is the default, or does not accept this one
     */
    default Solver withTolerance(double tolerance) {
        throw new InvalidArgumentException(
                "tolerance",
                "must not be given for the solver " + name() + ", which has no tolerance",
                tolerance,
                "omit it");
    }

    /**
     * Returns the tolerance, relative to the radius, to which the solver controls its error. Defaults to empty: the solver has no error
     * control. A solver with a tolerance supports {@link #withTolerance} for tolerances of up to 0.1.
     */
    default OptionalDouble accuracy() {
        return OptionalDouble.empty();
    }

    /**
     * Returns whether the solver draws random numbers. The states of such a solver follow no deterministic trajectory, so that they have no
     * error estimate. Defaults to false.
     */
    default boolean drawsNoise() {
        return false;
    }

    /**
     * Returns whether the solver follows the probability flow over any range of noise levels, so that it can also encode (see
     * {@link Inversion}). Defaults to true for a solver that neither draws random numbers nor needs a pilot.
     */
    default boolean followsFlow() {
        return !drawsNoise() && !needsPilot();
    }

    /**
     * Returns whether the solver can end at noise level 0. Defaults to false, because most solvers use steps in ln sigma or evaluate the
     * denoiser at the last level.
     */
    default boolean reachesZero() {
        return false;
    }

    /**
     * Checks that this solver can carry trajectories to the given noise level.
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

    /** Checks the settings against a problem and computes the tables that all trajectories share. */
    PreparedSolver prepare(Problem problem);
}
