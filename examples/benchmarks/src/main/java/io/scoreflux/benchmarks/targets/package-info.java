/** Targets of different kinds, fixed and random, and the tables of all solvers on them. */
@NullMarked
package io.scoreflux.benchmarks.targets;

import org.jspecify.annotations.NullMarked;
