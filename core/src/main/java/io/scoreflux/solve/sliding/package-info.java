/** Sliding-window collocation, the solver with the fewest denoiser calls for a given accuracy. */
@NullMarked
package io.scoreflux.solve.sliding;

import org.jspecify.annotations.NullMarked;
