package io.scoreflux.spring;

import io.micrometer.observation.ObservationRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import reactor.core.observability.micrometer.Micrometer;

/** Provides observations of streams if the application has an {@link ObservationRegistry}. */
@AutoConfiguration(
        afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass({ObservationRegistry.class, Micrometer.class})
@ConditionalOnBean(ObservationRegistry.class)
public class ScorefluxObservationAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    StreamObservations scorefluxStreamObservations(ObservationRegistry registry) {
        return new StreamObservations(registry);
    }
}
