/** Benchmarks of encoding, log-densities and observations on mixtures whose densities are known. */
@NullMarked
package io.scoreflux.benchmarks.around;

import org.jspecify.annotations.NullMarked;
