package io.scoreflux.internal.stream;

import reactor.core.publisher.Operators;

/** Keeps what is asked before there is a source. */
final class Upstream extends Operators.DeferredSubscription {}
