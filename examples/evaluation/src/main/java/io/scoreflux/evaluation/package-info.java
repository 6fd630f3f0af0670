/** Error against denoiser calls: measured for each solver, and for interpolation along a known path. */
@NullMarked
package io.scoreflux.evaluation;

import org.jspecify.annotations.NullMarked;
