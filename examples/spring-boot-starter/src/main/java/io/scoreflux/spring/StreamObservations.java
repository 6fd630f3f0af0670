package io.scoreflux.spring;

import io.micrometer.observation.ObservationRegistry;
import reactor.core.observability.micrometer.Micrometer;
import reactor.core.publisher.Flux;

/** Observes streams of samples: one observation, and with tracing one span, from subscription to the end. */
public final class StreamObservations {
    /** The name of the observations. */
    public static final String NAME = "scoreflux.stream";

    private final ObservationRegistry registry;

    StreamObservations(ObservationRegistry registry) {
        this.registry = registry;
    }

    /**
     * Returns the same stream with an observation {@value #NAME}, whose key {@code model} is the name of the model. Its parent is the
     * observation in the subscriber's context.
     */
    public <T> Flux<T> observe(Model model, Flux<T> stream) {
        return stream.name(NAME).tag("model", model.name()).tap(Micrometer.observation(registry));
    }
}
