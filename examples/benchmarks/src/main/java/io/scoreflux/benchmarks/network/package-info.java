/**
 * What a network costs beyond ONNX Runtime itself, where its noise floor lies, what its samples are like, and that failing calls leave no
 * memory behind.
 */
@NullMarked
package io.scoreflux.benchmarks.network;

import org.jspecify.annotations.NullMarked;
