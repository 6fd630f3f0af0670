/** Trained networks in ONNX files. ONNX Runtime, an optional dependency, runs them. */
@NullMarked
package io.scoreflux.model.onnx;

import org.jspecify.annotations.NullMarked;
