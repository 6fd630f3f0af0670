/** Compares the cost of draws from log-concave densities with gradients only to that of methods that need the density. */
@NullMarked
package io.scoreflux.benchmarks.logconcave;

import org.jspecify.annotations.NullMarked;
