/** {@link io.scoreflux.benchmarks.engine.EngineBenchmarks} measures the overhead and the guarantees of the reactive engine. */
@NullMarked
package io.scoreflux.benchmarks.engine;

import org.jspecify.annotations.NullMarked;
