package io.scoreflux.reject;

import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;

/** What draws the state on, from the level where a solver has landed to the end of the noise range. */
public sealed interface Corrector permits ForsCorrector, Metropolis {

    /** The corrector's name on the command line. */
    String name();

    /** The level where it takes over, at least the last one. */
    double fromSigma(Problem problem);

    /** Binds it to the whole problem; the machines start at {@link #fromSigma}. */
    PreparedSolver prepare(Problem problem);
}
