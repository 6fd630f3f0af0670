/** Sliding-window collocation, the solver with the fewest denoiser calls for an accuracy. */
@NullMarked
package io.scoreflux.solve.sliding;

import org.jspecify.annotations.NullMarked;
