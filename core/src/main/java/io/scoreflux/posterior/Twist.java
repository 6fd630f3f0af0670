package io.scoreflux.posterior;

import io.scoreflux.model.ObservedDirections;

/** The factor of the observation at each noise level s, by which an island weights the states z: a normal density that is known for all z. */
interface Twist {
    /** Returns the observed directions with the noise of the observation. */
    ObservedDirections directions();

    /** Returns the factor at the level s. */
    Factor at(double s);

    /** Returns the level at which the exact factor of the observation replaces the twist, unless the noise range ends above it. */
    double end();
}
