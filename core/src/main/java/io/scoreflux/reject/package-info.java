/**
 * First-order rejection sampling: draws from a density that is known only through unbiased estimates of its logarithm. The factory, the
 * reverse-kernel step of a diffusion model, and Metropolis correctors, as machines of the same shape as the solvers.
 */
@NullMarked
package io.scoreflux.reject;

import org.jspecify.annotations.NullMarked;
