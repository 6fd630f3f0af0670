/** What encoding, log-densities and observations are worth, on mixtures whose densities are known. */
@NullMarked
package io.scoreflux.benchmarks.around;

import org.jspecify.annotations.NullMarked;
