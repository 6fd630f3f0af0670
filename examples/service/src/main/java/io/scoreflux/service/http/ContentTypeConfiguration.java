package io.scoreflux.service.http;

import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.accept.RequestedContentTypeResolverBuilder;
import org.springframework.web.reactive.config.WebFluxConfigurer;

/** Leaves {@code Accept} to the handlers. Otherwise Spring parses it again while it handles the rejection, and fails with status 500. */
@Configuration(proxyBeanMethods = false)
class ContentTypeConfiguration implements WebFluxConfigurer {
    @Override
    public void configureContentTypeResolver(RequestedContentTypeResolverBuilder builder) {
        builder.fixedResolver(MediaType.ALL);
    }
}
