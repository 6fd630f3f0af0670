/** The least error for a given number of denoiser calls, on noise levels that a pilot places. */
@NullMarked
package io.scoreflux.solve.budget;

import org.jspecify.annotations.NullMarked;
