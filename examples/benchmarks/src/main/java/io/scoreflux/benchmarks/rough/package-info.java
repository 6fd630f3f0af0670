/** Solvers on denoisers that vary over distances shorter than a step. */
@NullMarked
package io.scoreflux.benchmarks.rough;

import org.jspecify.annotations.NullMarked;
