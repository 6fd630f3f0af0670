/** What draws from log-concave densities cost by gradients alone, beside methods that need the density. */
@NullMarked
package io.scoreflux.benchmarks.logconcave;

import org.jspecify.annotations.NullMarked;
