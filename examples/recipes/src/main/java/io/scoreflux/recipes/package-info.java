/** Samples into Kafka and Pekko Streams. */
@NullMarked
package io.scoreflux.recipes;

import org.jspecify.annotations.NullMarked;
