/** Noise schedules, which convert to and from the canonical form z = x_0 + sigma n, grids of noise levels, and counter-based random numbers. */
@NullMarked
package io.scoreflux.noise;

import org.jspecify.annotations.NullMarked;
