package io.scoreflux.internal.stream;

import reactor.core.publisher.Operators;

/** A subscription that stores requests until the subscription to the source arrives. */
final class Upstream extends Operators.DeferredSubscription {}
