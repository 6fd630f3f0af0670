package io.scoreflux.posterior;

import io.scoreflux.model.ObservedDirections;

/**
 * What the observation adds to the probability flow on the levels of one leg. In each observed direction, a quantity q that is linear in the
 * coordinate of the state obeys {@code dq/dc = F}. Immutable after construction.
 */
interface Drift {
    /** Returns the observed directions. */
    ObservedDirections directions();

    /** Returns the number of directions in which a quantity has a clock of its own: all observed ones, or none. */
    default int count() {
        return directions().count();
    }

    /** Returns the weights of {@link StepTable#weights} for the clock of a direction. */
    double[][] weights(int i);

    /** Returns the quantity q of direction i for a coordinate at a level. */
    double quantity(int i, int level, double coordinate);

    /** Returns the coordinate for the quantity q at a level. */
    double coordinate(int i, int level, double quantity);

    /**
     * Writes F of all directions at a level.
     *
     * @param state the state
     * @param answer D at the state; the drift adds to it what acts in all directions, along which z/s grows by D over 1/s
     * @param coordinates the coordinates of the state in the directions
     * @param forces receives F
     * @return the growth of the log-weight with ln s
     */
    double evaluate(int level, double[] state, double[] answer, double[] coordinates, double[] forces);

    /** Returns the part of the growth of the log-weight over the whole leg that is the same for all particles and known. */
    double logWeight();
}
