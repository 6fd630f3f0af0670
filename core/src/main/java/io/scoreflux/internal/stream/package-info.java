/**
 * The engine on Reactor: stages as operators, bounded demand, the order of delivery, and the gateway. Not API.
 *
 * <p>A subscription has one or several {@link io.scoreflux.internal.stream.Rail}s. Each is a chain
 * {@code source -> stage -> ... -> stage}, and all rails end in one {@link io.scoreflux.internal.stream.DeliveryFlux}. Operators only record
 * signals and wake their rail. The rail alone advances its trajectories and submits their queries to the
 * {@link io.scoreflux.internal.stream.BatchGateway}. So the queries of all stages share one call, and no operator needs a lock.
 */
@NullMarked
package io.scoreflux.internal.stream;

import org.jspecify.annotations.NullMarked;
