/** Budget mode: the least error for a given number of denoiser calls, on noise levels that a pilot determines. */
@NullMarked
package io.scoreflux.solve.budget;

import org.jspecify.annotations.NullMarked;
