/** Targets on which no constant was chosen, and the tables of all solvers on them. */
@NullMarked
package io.scoreflux.benchmarks.targets;

import org.jspecify.annotations.NullMarked;
