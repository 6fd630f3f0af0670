/**
 * Solvers, the machines with which they solve single trajectories, and the certificates of samples. A machine asks for denoiser values and
 * receives them; it never calls a model.
 */
@NullMarked
package io.scoreflux.solve;

import org.jspecify.annotations.NullMarked;
