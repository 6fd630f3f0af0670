/** Parallel collocation, which solves the whole noise range at once in few rounds of many rows. */
@NullMarked
package io.scoreflux.solve.parallel;

import org.jspecify.annotations.NullMarked;
