/**
 * The engine on Reactor: stages as operators, the calls of a batch function that they share, demand and order.
 *
 * <p>A subscription has one {@link io.scoreflux.stream.Lane} or several: each a chain {@code source -> stage -> ... -> stage} whose
 * operators only take note of signals and wake the lane; they meet in one {@code delivery}. A lane alone moves its trajectories and asks
 * the {@link io.scoreflux.stream.Gateway}, so that the queries of all stages go into one call and no operator needs a lock.
 */
@NullMarked
package io.scoreflux.stream;

import org.jspecify.annotations.NullMarked;
