/** Trained networks in ONNX files, run by ONNX Runtime, an optional dependency. */
@NullMarked
package io.scoreflux.model.onnx;

import org.jspecify.annotations.NullMarked;
