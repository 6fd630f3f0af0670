package io.scoreflux.spring;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.contributor.CompositeReactiveHealthContributor;
import org.springframework.boot.health.contributor.ReactiveHealthContributor;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.context.annotation.Bean;

/** Adds the models to the health of the application. */
@AutoConfiguration(after = ScorefluxAutoConfiguration.class)
@ConditionalOnClass(ReactiveHealthContributor.class)
@ConditionalOnBean(Models.class)
// Not ConditionalOnEnabledHealthIndicator: an application without spring-boot-health cannot load its condition.
@ConditionalOnBooleanProperty(name = "management.health.scoreflux.enabled", matchIfMissing = true)
public class ScorefluxHealthAutoConfiguration {
    /** One indicator for each model. */
    @Bean
    @ConditionalOnMissingBean(name = "scorefluxHealthContributor")
    ReactiveHealthContributor scorefluxHealthContributor(Models models) {
        Map<String, ReactiveHealthIndicator> indicators = new LinkedHashMap<>();
        models.all().forEach(model -> indicators.put(model.name(), new ModelHealthIndicator(model)));
        return CompositeReactiveHealthContributor.fromMap(indicators);
    }
}
