/** The Open Inference Protocol, version 2, over HTTP and gRPC: the models of the service as remote models of other programs. */
@NullMarked
package io.scoreflux.service.inference;

import org.jspecify.annotations.NullMarked;
