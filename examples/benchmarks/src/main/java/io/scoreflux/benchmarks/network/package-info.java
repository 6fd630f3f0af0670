/**
 * What a network costs beyond ONNX Runtime itself, where its noise floor lies, that failing calls leave no memory behind, how
 * accurately real digits are encoded and their densities found, and what its samples are like.
 */
@NullMarked
package io.scoreflux.benchmarks.network;

import org.jspecify.annotations.NullMarked;
