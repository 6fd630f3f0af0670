package io.scoreflux.internal.stream;

/**
 * A key or value in a subscriber's context that concerns this subscriber alone: what several wait for, such as a pilot, is not shown it.
 */
public interface SubscriberScoped {}
