/** Streams of samples over RSocket, which carries the demand of clients. */
@NullMarked
package io.scoreflux.service.rsocket;

import org.jspecify.annotations.NullMarked;
