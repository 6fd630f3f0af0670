/**
 * Benchmarks of a network: overhead over ONNX Runtime, noise floor, memory after failed calls, accuracy of encodings and densities of real
 * digits, and quality of samples.
 */
@NullMarked
package io.scoreflux.benchmarks.network;

import org.jspecify.annotations.NullMarked;
