package io.scoreflux.spring;

import io.scoreflux.Sampler;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.files.text.Names;
import io.scoreflux.stream.Gateway;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.core.env.Environment;

/**
 * Registers a {@link Gateway} and a {@link Sampler} for each configured model. Their names end with {@code Gateway} and {@code Sampler}, and
 * their qualifier is the name of the model.
 */
final class ModelBeanRegistrar implements BeanDefinitionRegistryPostProcessor {
    private static final String MODELS = "scoreflux.models";

    private final Environment environment;
    private ConfigurableListableBeanFactory beans;

    ModelBeanRegistrar(Environment environment, ConfigurableListableBeanFactory beans) {
        this.environment = environment;
        this.beans = beans;
    }

    @Override
    public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
        // An unknown setting, such as a misspelled one, stops the start. Variables of the environment may belong to
        // others.
        BindHandler known = new NoUnboundElementsBindHandler(BindHandler.DEFAULT, new UnboundElementsSourceFilter());
        try {
            Binder.get(environment)
                    .bind(MODELS, Bindable.mapOf(String.class, ModelProperties.class), known)
                    .ifBound(models -> {
                        for (String name : models.keySet()) {
                            register(registry, name, name + "Gateway", Gateway.class, Model::gateway);
                            register(registry, name, name + "Sampler", Sampler.class, Model::sampler);
                        }
                    });
        } catch (BindException e) {
            throw e.getCause() instanceof UnboundConfigurationPropertiesException unbound ? unknown(unbound) : e;
        }
    }

    private static InvalidConfigurationException unknown(UnboundConfigurationPropertiesException e) {
        ConfigurationProperty first = e.getUnboundProperties().iterator().next();
        List<String> settings = Arrays.stream(ModelProperties.class.getRecordComponents())
                .map(component -> DataObjectPropertyName.toDashedForm(component.getName()))
                .toList();
        String last = first.getName().getLastElement(ConfigurationPropertyName.Form.ORIGINAL);
        return new InvalidConfigurationException(
                Violation.of(
                        first.getName().toString(),
                        "must be a setting of a model" + Names.hint(last, settings) + ", is unknown",
                        null,
                        "use one of " + String.join(", ", settings)),
                e);
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
