package io.scoreflux.spring;

import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings {@code scoreflux.*}.
 *
 * @param models models by name. Each name is also the prefix of the beans of its model
 */
@ConfigurationProperties("scoreflux")
public record ScorefluxProperties(@DefaultValue Map<String, ModelProperties> models) {}
