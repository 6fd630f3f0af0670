package io.scoreflux.service;

import io.scoreflux.stream.Gateway;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The model, and the gateway to it that all requests share. */
@Configuration(proxyBeanMethods = false)
class ModelConfiguration {
    @Bean
    @ConditionalOnMissingBean
    Target target() {
        return Target.ring();
    }

    /** One thread, because more calls in flight would each have fewer rows. */
    @Bean(destroyMethod = "dispose")
    Scheduler modelScheduler() {
        return Schedulers.newSingle("model");
    }

    @Bean
    Gateway gateway(Target target, Scheduler modelScheduler) {
        return Gateway.builder(target.denoiser(), modelScheduler).build();
    }
}
