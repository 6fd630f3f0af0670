package io.scoreflux.spring;

import io.scoreflux.stream.StreamListener;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;

/** Opens the models under {@code scoreflux.models}, and registers their gateways and samplers as beans. */
@AutoConfiguration
@EnableConfigurationProperties(ScorefluxProperties.class)
public class ScorefluxAutoConfiguration {

    /** Creates beans for each model. */
    @Bean
    static ModelBeanRegistrar scorefluxModelBeanRegistrar(
            Environment environment, ConfigurableListableBeanFactory beans) {
        return new ModelBeanRegistrar(environment, beans);
    }

    @Bean
    ModelFactory scorefluxModelFactory(
            BeanFactory beans, ResourceLoader resources, ObjectProvider<ModelListenerFactory> listeners) {
        ModelListenerFactory factory = listeners.getIfAvailable(() -> model -> StreamListener.NONE);
        return new ModelFactory(beans, resources, factory::listener);
    }

    /** Opens the models. */
    @Bean
    Models scorefluxModels(ModelFactory factory, ScorefluxProperties properties) {
        return factory.open(properties.models());
    }
}
