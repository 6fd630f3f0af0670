/** Samples as a source of Apache Flink, and samples for a stream of requests. */
@NullMarked
package io.scoreflux.flink;

import org.jspecify.annotations.NullMarked;
