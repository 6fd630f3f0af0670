/** Trained networks on inference servers, called over gRPC. */
@NullMarked
package io.scoreflux.grpc;

import org.jspecify.annotations.NullMarked;
