/** Measures error against denoiser calls, for solvers and for interpolation along a known trajectory. */
@NullMarked
package io.scoreflux.evaluation;

import org.jspecify.annotations.NullMarked;
