/**
 * Draws from the distribution of the data given a noisy linear observation of them, exact up to Monte Carlo error, the steps of the solver, and
 * the start. Islands of weighted particles are machines, as solvers are: they ask for legs of trajectories, which the engine solves.
 */
@NullMarked
package io.scoreflux.posterior;

import org.jspecify.annotations.NullMarked;
