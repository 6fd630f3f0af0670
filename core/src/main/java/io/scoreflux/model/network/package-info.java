/**
 * Trained networks as named tensors, wherever they run: the signature of a model, and the mapping from rows and their conditions to its
 * inputs. A {@link io.scoreflux.model.network.TensorTransport} moves the tensors.
 */
@NullMarked
package io.scoreflux.model.network;

import org.jspecify.annotations.NullMarked;
