package io.scoreflux.service.http;

import io.scoreflux.service.Limits;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.web.reactive.config.WebFluxConfigurer;

/** Limits the size of request bodies, and writes CSV. */
@Configuration(proxyBeanMethods = false)
class BodyConfiguration implements WebFluxConfigurer {
    private final Limits limits;

    BodyConfiguration(Limits limits) {
        this.limits = limits;
    }

    @Override
    public void configureHttpMessageCodecs(ServerCodecConfigurer configurer) {
        configurer.customCodecs().register(new CsvEncoder());
        configurer.defaultCodecs().maxInMemorySize((int) limits.maxBody().toBytes());
    }
}
