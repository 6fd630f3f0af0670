package io.scoreflux.spring;

import io.scoreflux.stream.StreamListener;

/** Creates the listener of a model's samplers and gateway. An application can replace the default, which records metrics. */
@FunctionalInterface
public interface ModelListenerFactory {
    /** Returns the listener of the model with a name. */
    StreamListener listener(String model);
}
