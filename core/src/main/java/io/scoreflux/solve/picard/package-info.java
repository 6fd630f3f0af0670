/** Picard collocation: the form of Gatmiry, Chen and Salim, and an adaptive one. */
@NullMarked
package io.scoreflux.solve.picard;

import org.jspecify.annotations.NullMarked;
