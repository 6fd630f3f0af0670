package io.scoreflux.spring;

import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings {@code scoreflux.*}.
 *
 * @param models the models by name
 */
@ConfigurationProperties("scoreflux")
public record ScorefluxProperties(@DefaultValue Map<String, ModelProperties> models) {}
