/**
 * The entry point: {@link io.scoreflux.Sampler} turns a denoiser into a cold stream of {@link io.scoreflux.Sample}s.
 *
 * <p>Initial states are drawn from noise, the denoiser evaluates queries, stages advance the states to smaller noise levels, and the stream
 * emits samples on demand.
 */
@NullMarked
package io.scoreflux;

import org.jspecify.annotations.NullMarked;
