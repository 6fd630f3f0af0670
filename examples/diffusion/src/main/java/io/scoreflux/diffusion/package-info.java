/**
 * Opens the folder of a latent diffusion pipeline, as the usual exporters to ONNX write it. The main class is
 * {@link io.scoreflux.diffusion.DiffusionPipeline}.
 */
@NullMarked
package io.scoreflux.diffusion;

import org.jspecify.annotations.NullMarked;
