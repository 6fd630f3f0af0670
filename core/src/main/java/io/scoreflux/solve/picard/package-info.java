/** Picard collocation, in the form of Gatmiry, Chen and Salim and in an adaptive form. */
@NullMarked
package io.scoreflux.solve.picard;

import org.jspecify.annotations.NullMarked;
