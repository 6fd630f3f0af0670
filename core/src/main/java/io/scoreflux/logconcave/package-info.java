/**
 * Log-concave densities that are known by the gradient of their negative logarithm alone: a proximal sampler on the factory of first-order
 * rejection sampling, preconditioning, terms with exact oracles, diagnostics of chains. Machines of the same shape as the solvers.
 */
@NullMarked
package io.scoreflux.logconcave;

import org.jspecify.annotations.NullMarked;
