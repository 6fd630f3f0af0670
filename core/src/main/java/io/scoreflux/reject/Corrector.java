package io.scoreflux.reject;

import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;

/**
 * A method that corrects the end of a trajectory by random draws or moves, from the level where a solver has stopped to the end of the
 * noise range.
 */
public sealed interface Corrector permits ForsCorrector, Metropolis {

    /** Returns the corrector's name on the command line. */
    String name();

    /** Returns the level where the corrector takes over, which is at least the last level. */
    double fromSigma(Problem problem);

    /** Binds the corrector to the whole problem. Its machines start at {@link #fromSigma}. */
    PreparedSolver prepare(Problem problem);
}
