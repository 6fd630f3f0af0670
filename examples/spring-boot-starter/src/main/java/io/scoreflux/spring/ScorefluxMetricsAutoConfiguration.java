package io.scoreflux.spring;

import io.micrometer.core.instrument.MeterRegistry;
import io.scoreflux.stream.micrometer.MicrometerListener;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Records metrics of all models, with the tag {@code model}, if the application has a {@link MeterRegistry}. */
@AutoConfiguration(
        before = ScorefluxAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
public class ScorefluxMetricsAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    ModelListenerFactory scorefluxMetrics(MeterRegistry registry) {
        return model -> new MicrometerListener(registry, "model", model);
    }
}
