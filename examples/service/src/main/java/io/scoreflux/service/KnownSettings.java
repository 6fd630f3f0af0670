package io.scoreflux.service;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.files.text.Names;
import io.scoreflux.service.inference.GrpcSettings;
import io.scoreflux.service.inference.InferenceSettings;
import io.scoreflux.service.rsocket.RSocketSettings;
import io.scoreflux.service.security.Access;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Stops the start if a setting below {@code scoreflux.service} is unknown, such as a misspelled limit. Spring could reject the unknown
 * settings of one class only, and several share the prefix. Variables of the environment are not checked: Kubernetes sets some with this
 * prefix for a service of this name.
 */
@Configuration(proxyBeanMethods = false)
class KnownSettings {
    private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("scoreflux.service");
    private static final List<Class<? extends Record>> CLASSES =
            List.of(Limits.class, Access.class, RSocketSettings.class, GrpcSettings.class, InferenceSettings.class);

    KnownSettings(Environment environment) {
        List<String> names = names();
        List<ConfigurationPropertyName> known =
                names.stream().map(ConfigurationPropertyName::of).toList();
        UnboundElementsSourceFilter checked = new UnboundElementsSourceFilter();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource settings && checked.apply(source)) {
                settings.stream()
                        .filter(PREFIX::isAncestorOf)
                        .filter(name -> known.stream().noneMatch(one -> one.equals(name) || one.isAncestorOf(name)))
                        .forEach(name -> {
                            throw unknown(name.toString(), names);
                        });
            }
        }
    }

    private static InvalidConfigurationException unknown(String name, List<String> names) {
        return new InvalidConfigurationException(
                name,
                "must be a setting of the service" + Names.hint(name, names) + ", is unknown",
                null,
                "use one of " + String.join(", ", names));
    }

    private static List<String> names() {
        List<String> names = new ArrayList<>();
        for (Class<? extends Record> settings : CLASSES) {
            String prefix = Objects.requireNonNull(settings.getAnnotation(ConfigurationProperties.class))
                    .value();
            for (RecordComponent component : settings.getRecordComponents()) {
                names.add(prefix + "." + DataObjectPropertyName.toDashedForm(component.getName()));
            }
        }
        return names;
    }
}
