/**
 * Draws from log-concave densities of which only the gradient of the negative logarithm is known: a proximal sampler based on first-order
 * rejection sampling, preconditioning, convex terms that permit exact draws, and diagnostics. Chains are machines, as solvers are.
 */
@NullMarked
package io.scoreflux.logconcave;

import org.jspecify.annotations.NullMarked;
