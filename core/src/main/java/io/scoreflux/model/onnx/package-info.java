/** Trained networks in ONNX files, run by ONNX Runtime, an optional dependency. The only place where numbers are single precision. */
@NullMarked
package io.scoreflux.model.onnx;

import org.jspecify.annotations.NullMarked;
