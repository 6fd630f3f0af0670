/** {@link io.scoreflux.benchmarks.Benchmarks} compares the solvers with general integrators. */
@NullMarked
package io.scoreflux.benchmarks;

import org.jspecify.annotations.NullMarked;
