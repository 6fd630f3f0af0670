/** {@link io.scoreflux.benchmarks.engine.EngineBenchmarks} measures what the reactive engine costs and what it keeps to. */
@NullMarked
package io.scoreflux.benchmarks.engine;

import org.jspecify.annotations.NullMarked;
