/**
 * The only Reactor code: stages as operators, the model calls that they share, demand and order.
 *
 * <p>A subscription is one {@link io.scoreflux.stream.Lane}: a chain {@code source -> stage -> ... -> stage -> ordered}
 * whose operators only take note of signals and wake the lane. The lane alone moves trajectories and calls the model, so
 * that the queries of all stages go into one call and no operator needs a lock.
 */
@NullMarked
package io.scoreflux.stream;

import org.jspecify.annotations.NullMarked;
