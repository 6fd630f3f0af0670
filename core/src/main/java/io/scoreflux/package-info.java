/**
 * The front door: {@link io.scoreflux.Sampler} turns a denoiser into a cold stream of {@link io.scoreflux.Sample}s.
 *
 * <p>Noise draws states, a denoiser answers queries, stages carry states down the noise range, the stream emits samples when
 * they are asked for.
 */
@NullMarked
package io.scoreflux;

import org.jspecify.annotations.NullMarked;
