/** Metrics of streams and gateways for Micrometer, an optional dependency. */
@NullMarked
package io.scoreflux.stream.micrometer;

import org.jspecify.annotations.NullMarked;
