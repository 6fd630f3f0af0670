package io.scoreflux.spring;

import org.springframework.ai.image.ImageModel;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Provides Spring AI's {@link ImageModel} if spring-ai-model is on the class path, unless {@code scoreflux.image-model.enabled} is false.
 */
@AutoConfiguration(after = ScorefluxAutoConfiguration.class)
@ConditionalOnClass(ImageModel.class)
@ConditionalOnBean(Models.class)
@ConditionalOnBooleanProperty(name = "scoreflux.image-model.enabled", matchIfMissing = true)
public class ScorefluxImageAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(ImageModel.class)
    SampleImageModel scorefluxImageModel(Models models) {
        return new SampleImageModel(models);
    }
}
