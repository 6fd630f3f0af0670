/** Trained networks on inference servers, called over HTTP. Jackson is an optional dependency. */
@NullMarked
package io.scoreflux.model.remote;

import org.jspecify.annotations.NullMarked;
