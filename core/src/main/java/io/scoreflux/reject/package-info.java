/**
 * First-order rejection sampling: draws from a density of which only unbiased estimates of the logarithm are known. The package contains the
 * solver {@link io.scoreflux.reject.Fors} of the reverse process, and correctors that run after another solver.
 */
@NullMarked
package io.scoreflux.reject;

import org.jspecify.annotations.NullMarked;
