/** Collocation of the whole noise range at once: few rounds of many rows. */
@NullMarked
package io.scoreflux.solve.parallel;

import org.jspecify.annotations.NullMarked;
