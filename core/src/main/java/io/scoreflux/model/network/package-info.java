/**
 * Trained networks as functions of named tensors: parametrizations, the signature of a model, and the mapping from rows and their conditions to
 * its inputs. A {@link io.scoreflux.model.network.TensorTransport} runs a network.
 */
@NullMarked
package io.scoreflux.model.network;

import org.jspecify.annotations.NullMarked;
