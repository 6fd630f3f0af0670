package io.scoreflux.internal.stream;

/**
 * A key or value in the context of a subscriber that concerns only this subscriber. Work that several subscribers share, such as a pilot, does
 * not receive it.
 */
public interface SubscriberScoped {}
