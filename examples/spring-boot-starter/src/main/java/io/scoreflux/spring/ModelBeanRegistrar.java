package io.scoreflux.spring;

import io.scoreflux.Sampler;
import io.scoreflux.stream.Gateway;
import java.util.function.Function;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Registers a {@link Gateway} and a {@link Sampler} for each configured model. Their names end with {@code Gateway} and {@code Sampler}, and
 * their qualifier is the name of the model.
 */
final class ModelBeanRegistrar implements BeanDefinitionRegistryPostProcessor {
    private final Environment environment;
    private ConfigurableListableBeanFactory beans;

    ModelBeanRegistrar(Environment environment, ConfigurableListableBeanFactory beans) {
        this.environment = environment;
        this.beans = beans;
    }

    @Override
    public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
        Binder.get(environment).bind("scoreflux", ScorefluxProperties.class).ifBound(properties -> {
            for (String name : properties.models().keySet()) {
                register(registry, name, name + "Gateway", Gateway.class, Model::gateway);
                register(registry, name, name + "Sampler", Sampler.class, Model::sampler);
            }
        });
    }

    private <T> void register(
            BeanDefinitionRegistry registry, String model, String bean, Class<T> type, Function<Model, T> of) {
        if (registry.containsBeanDefinition(bean)) {
            return;
        }
        RootBeanDefinition definition = new RootBeanDefinition(
                type, () -> of.apply(beans.getBean(Models.class).named(model)));
        definition.addQualifier(new AutowireCandidateQualifier(Qualifier.class, model));
        registry.registerBeanDefinition(bean, definition);
    }
}
