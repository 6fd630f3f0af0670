/** {@link io.scoreflux.benchmarks.Benchmarks} measures the solvers beside general integrators. */
@NullMarked
package io.scoreflux.benchmarks;

import org.jspecify.annotations.NullMarked;
